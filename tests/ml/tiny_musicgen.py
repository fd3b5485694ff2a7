"""A tiny MusicGen with random weights, saved as a user's is: it plays noise of the right length."""

from pathlib import Path

import torch
from tokenizers import Tokenizer, decoders, models, pre_tokenizers, trainers
from transformers import (
    EncodecConfig,
    EncodecFeatureExtractor,
    EncodecModel,
    MusicgenConfig,
    MusicgenDecoderConfig,
    MusicgenForConditionalGeneration,
    MusicgenProcessor,
    PreTrainedTokenizerFast,
    T5Config,
)

RATE_HZ = 32_000
CODEBOOKS = 4
_CODES = 64


def build_musicgen(folder: Path, channels: int = 1) -> Path:
    """A MusicGen of one layer, for one channel or two, at the rates of the real ones: 50 frames a second of 32 kHz."""
    torch.manual_seed(0)
    text = T5Config(vocab_size=300, d_model=16, d_kv=8, d_ff=32, num_layers=1, num_heads=2)
    audio = EncodecConfig(
        sampling_rate=RATE_HZ,
        audio_channels=1,
        num_filters=4,
        hidden_size=16,
        num_lstm_layers=1,
        upsampling_ratios=[8, 5, 4, 4],
        codebook_size=_CODES,
        codebook_dim=16,
        target_bandwidths=[1.2],
        use_causal_conv=False,
    )
    decoder = MusicgenDecoderConfig(
        vocab_size=_CODES,
        hidden_size=16,
        ffn_dim=32,
        num_hidden_layers=1,
        num_attention_heads=2,
        num_codebooks=CODEBOOKS * channels,
        audio_channels=channels,
        pad_token_id=_CODES,
        bos_token_id=_CODES,
        initializer_factor=1.0,  # else what is heard and read decides next to nothing
    )
    network = MusicgenForConditionalGeneration(
        MusicgenConfig(text_encoder=text.to_dict(), audio_encoder=audio.to_dict(), decoder=decoder.to_dict())
    )
    _teach_to_hear(network.audio_encoder)
    for name in ("pad_token_id", "bos_token_id", "decoder_start_token_id"):
        setattr(network.generation_config, name, _CODES)
    network.save_pretrained(folder)
    words = Tokenizer(models.BPE())
    words.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    words.decoder = decoders.ByteLevel()
    special = ["<pad>", "</s>", "<unk>"]
    alphabet = pre_tokenizers.ByteLevel.alphabet()
    words.train_from_iterator(
        ["calm"], trainers.BpeTrainer(vocab_size=280, initial_alphabet=alphabet, special_tokens=special)
    )
    tokenizer = PreTrainedTokenizerFast(tokenizer_object=words, pad_token="<pad>", eos_token="</s>", unk_token="<unk>")
    extractor = EncodecFeatureExtractor(feature_size=channels, sampling_rate=RATE_HZ, padding_side="left")
    MusicgenProcessor(extractor, tokenizer).save_pretrained(folder)
    return folder


@torch.no_grad()
def _teach_to_hear(audio: EncodecModel) -> None:
    """Make codes differ by what is heard and sound different: nothing but the sound counts, and codes are what noise is
    heard as.
    """
    for name, weights in audio.named_parameters():
        if "bias" in name:
            weights.zero_()
    for layer in audio.quantizer.layers:
        layer.codebook.embed.copy_(audio.encoder(torch.rand(1, 1, _CODES * 640) - 0.5)[0].T)
