"""Reading a value from inside an ONNX graph, by declaring it an output.

A serialised protobuf message that is appended to another of its type is merged into it, repeated fields being joined
(https://protobuf.dev/programming-guides/encoding/#last-one-wins). So a model gains an output by a few bytes at its
end, without the onnx package and without being parsed.
"""

_GRAPH, _OUTPUT = 7, 12  # ModelProto.graph, GraphProto.output
_NAME, _TYPE = 1, 2  # ValueInfoProto
_TENSOR_TYPE, _ELEMENT_TYPE = 1, 1  # TypeProto, TypeProto.Tensor
_LENGTH_DELIMITED, _VARINT = 2, 0
FLOAT = 1
"""TensorProto.FLOAT"""


def output_declaration(name: str, element_type: int = FLOAT) -> bytes:
    """The bytes that, appended to a model file, make the inner tensor ``name`` its last output."""
    tensor = _message(_TENSOR_TYPE, _varint(_ELEMENT_TYPE << 3 | _VARINT) + _varint(element_type))
    value = _message(_NAME, name.encode()) + _message(_TYPE, tensor)
    return _message(_GRAPH, _message(_OUTPUT, value))


def _message(field: int, content: bytes) -> bytes:
    return _varint(field << 3 | _LENGTH_DELIMITED) + _varint(len(content)) + content


def _varint(number: int) -> bytes:
    encoded = bytearray()
    while number > 0x7F:
        encoded.append(number & 0x7F | 0x80)
        number >>= 7
    encoded.append(number)
    return bytes(encoded)
