"""Tiny Coqui models with random weights, saved as users' models are: they say noise of the right length."""

import json
from pathlib import Path

import torch
from tokenizers import Tokenizer, models, pre_tokenizers
from TTS.config import BaseAudioConfig
from TTS.tts.configs.shared_configs import CharactersConfig
from TTS.tts.configs.vits_config import VitsArgs, VitsConfig
from TTS.tts.configs.xtts_config import XttsArgs, XttsConfig
from TTS.tts.models.vits import Vits
from TTS.tts.models.xtts import Xtts

VITS_RATE_HZ = 16_000
XTTS_RATE_HZ = 24_000
SPEAKERS = ("anna", "bert", "cleo", "dora")
_LETTERS = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
_SPECIAL = ("[STOP]", "[UNK]", "[SPACE]", "[START]", "[en]", "[zh-cn]")


def build_vits(folder: Path, speakers: tuple[str, ...] = SPEAKERS, trained_in: str = "/somewhere/else") -> Path:
    """A VITS that reads letters and some Chinese characters, at 16 kHz. Its configuration names its file of speakers by
    the folder in which it was trained.
    """
    folder.mkdir(parents=True)
    torch.manual_seed(0)
    torch.save({name: number for number, name in enumerate(speakers)}, folder / "speakers.pth")
    config = VitsConfig(
        model_args=VitsArgs(
            hidden_channels=16,
            hidden_channels_ffn_text_encoder=32,
            num_heads_text_encoder=2,
            num_layers_text_encoder=1,
            num_layers_posterior_encoder=2,
            num_layers_flow=2,
            upsample_initial_channel_decoder=32,
            use_sdp=False,
            init_discriminator=False,
            use_speaker_embedding=len(speakers) > 1,
            speaker_embedding_channels=8,
            speakers_file=str(folder / "speakers.pth"),
        ),
        audio=BaseAudioConfig(
            sample_rate=VITS_RATE_HZ,
            fft_size=1024,
            win_length=1024,
            hop_length=256,
            num_mels=80,
            mel_fmin=0,
            mel_fmax=None,
        ),
        characters=CharactersConfig(
            characters_class="TTS.tts.models.vits.VitsCharacters",
            pad="_",
            punctuations="!,.?;: -'，。！？“”",
            characters=_LETTERS + "狐狸看月亮",
            phonemes=None,
            eos=None,
            bos=None,
            blank=None,
        ),
        use_phonemes=False,
        text_cleaner="multilingual_cleaners",
        add_blank=True,
        test_sentences=[],
    )
    torch.save({"model": Vits(config).state_dict()}, folder / "model.pth")
    saved = json.loads(json.dumps(config.to_dict()).replace(str(folder), trained_in))
    (folder / "config.json").write_text(json.dumps(saved))
    return folder


def build_xtts(folder: Path, tokens: int = 12) -> Path:
    """An XTTS with a language model of one layer and a vocoder of the usual size (90 MB), which nothing configures."""
    folder.mkdir(parents=True)
    torch.manual_seed(0)
    vocabulary = {sign: number for number, sign in enumerate([*_SPECIAL, *"abcdefghijklmnopqrstuvwxyz0123456789.,!?'"])}
    tokenizer = Tokenizer(models.BPE(vocab=vocabulary, merges=[], unk_token="[UNK]"))
    tokenizer.pre_tokenizer = pre_tokenizers.Whitespace()
    tokenizer.add_special_tokens(list(_SPECIAL))
    tokenizer.save(str(folder / "vocab.json"))
    width = 32
    config = XttsConfig(
        model_args=XttsArgs(
            gpt_layers=1,
            gpt_n_model_channels=width,
            gpt_n_heads=2,
            gpt_max_audio_tokens=tokens,
            gpt_max_text_tokens=200,
            gpt_max_prompt_tokens=40,
            gpt_number_text_tokens=len(vocabulary),
            gpt_start_text_token=vocabulary["[START]"],
            gpt_stop_text_token=vocabulary["[STOP]"],
            gpt_num_audio_tokens=66,
            gpt_start_audio_token=64,
            gpt_stop_audio_token=65,
            gpt_use_perceiver_resampler=True,
            decoder_input_dim=width,
        ),
        languages=["en", "zh-cn"],
    )
    torch.save({"model": Xtts(config).state_dict()}, folder / "model.pth")
    speakers = {
        name: {"gpt_cond_latent": torch.randn(1, 32, width), "speaker_embedding": torch.randn(1, 512, 1)}
        for name in SPEAKERS
    }
    torch.save(speakers, folder / "speakers_xtts.pth")
    config.save_json(str(folder / "config.json"))
    return folder
