"""Published architectures, small, with random weights: transformers, diffusers, graph layers."""

from __future__ import annotations

import functools
import importlib
import warnings
from typing import Any

import torch

from .row import Row, seeded

with warnings.catch_warnings():
    warnings.simplefilter("ignore")
    hf: Any = importlib.import_module("transformers")
    diffusers: Any = importlib.import_module("diffusers")
    geometric: Any = importlib.import_module("torch_geometric.nn")

_SMALL = {
    "hidden_size": 32,
    "intermediate_size": 64,
    "num_hidden_layers": 2,
    "num_attention_heads": 4,
}
_TEXT = {**_SMALL, "vocab_size": 99}


def tokens(*shape: int) -> torch.Tensor:
    """Token ids between 5 and 90."""
    return torch.randint(5, 90, shape, generator=torch.Generator().manual_seed(5))


def _hf(model: str, config: str, **settings: Any) -> Any:
    """A function that makes a model in eval mode from its configuration."""

    def make() -> Any:
        made = getattr(hf, model)(getattr(hf, config)(**settings))
        return made.eval()

    return make


def _named(**inputs: Any) -> dict[str, Any]:
    return inputs


def _text(make: Any, **more: Any) -> Row:
    return Row(make, tuple, lambda: _named(input_ids=tokens(2, 12), **more))


def _picture(make: Any, size: int = 32) -> Row:
    return Row(make, tuple, lambda: _named(pixel_values=seeded(1, 3, size, size)))


def _gpt2() -> Any:
    shape = {"n_embd": 32, "n_layer": 2, "n_head": 4, "vocab_size": 99}
    return _hf("GPT2LMHeadModel", "GPT2Config", **shape, bos_token_id=97, eos_token_id=98)()


def _llama() -> Any:
    return _hf("LlamaForCausalLM", "LlamaConfig", **_TEXT, num_key_value_heads=2)()


def _generating(model: Any, **settings: Any) -> Any:
    return functools.partial(
        model.generate, max_new_tokens=4, do_sample=False, pad_token_id=0, **settings
    )


def _sampling(model: Any) -> Any:
    return functools.partial(
        model.generate, max_new_tokens=4, do_sample=True, top_k=20, pad_token_id=0
    )


def _t5() -> Any:
    shape = {"d_model": 32, "d_kv": 8, "d_ff": 64, "num_layers": 2, "num_heads": 4}
    settings = {**shape, "vocab_size": 99, "decoder_start_token_id": 0}
    return _hf("T5ForConditionalGeneration", "T5Config", **settings)()


def _clip() -> Any:
    vision = {**_SMALL, "image_size": 32, "patch_size": 8, "projection_dim": 16}
    text = {**_TEXT, "max_position_embeddings": 20, "projection_dim": 16}
    text |= {"eos_token_id": 98, "bos_token_id": 97}
    return _hf(
        "CLIPModel", "CLIPConfig", text_config=text, vision_config=vision, projection_dim=16
    )()


def _whisper() -> Any:
    return _hf(
        "WhisperForConditionalGeneration",
        "WhisperConfig",
        vocab_size=99,
        d_model=32,
        encoder_layers=2,
        decoder_layers=2,
        encoder_attention_heads=4,
        decoder_attention_heads=4,
        encoder_ffn_dim=64,
        decoder_ffn_dim=64,
        num_mel_bins=16,
        max_source_positions=30,
        max_target_positions=20,
        pad_token_id=0,
        bos_token_id=1,
        eos_token_id=2,
        decoder_start_token_id=3,
    )()


def _wav2vec() -> Any:
    return _hf(
        "Wav2Vec2ForCTC",
        "Wav2Vec2Config",
        **_TEXT,
        conv_dim=(16, 16),
        conv_stride=(5, 2),
        conv_kernel=(10, 3),
        num_conv_pos_embeddings=8,
        num_conv_pos_embedding_groups=2,
        num_feat_extract_layers=2,
    )()


def _dinov2() -> Any:
    return _hf(
        "Dinov2Model",
        "Dinov2Config",
        hidden_size=32,
        num_hidden_layers=2,
        num_attention_heads=4,
        image_size=32,
        patch_size=8,
    )()


TRANSFORMERS: dict[str, Row] = {
    "BERT": _text(_hf("BertForMaskedLM", "BertConfig", **_TEXT)),
    "BERT in training": Row(
        lambda: _hf("BertForSequenceClassification", "BertConfig", **_TEXT)().train(),
        tuple,
        lambda: _named(input_ids=tokens(2, 12), labels=torch.tensor([0, 1])),
    ),
    "GPT-2": _text(_gpt2, labels=tokens(2, 12)),
    "GPT-2 generating": Row(lambda: _generating(_gpt2()), lambda: (tokens(1, 4),)),
    "GPT-2 sampling": Row(lambda: _sampling(_gpt2()), lambda: (tokens(1, 4),)),
    "GPT-2 beams": Row(lambda: _generating(_gpt2(), num_beams=2), lambda: (tokens(1, 4),)),
    "Llama": _text(_llama),
    "Llama in bfloat16": _text(lambda: _llama().to(torch.bfloat16)),
    "Llama generating": Row(lambda: _generating(_llama()), lambda: (tokens(1, 4),)),
    "T5": Row(_t5, tuple, lambda: _named(input_ids=tokens(2, 8), labels=tokens(2, 5))),
    "T5 generating": Row(lambda: _generating(_t5()), lambda: (tokens(1, 6),)),
    "Mixtral": _text(
        _hf(
            "MixtralForCausalLM",
            "MixtralConfig",
            **_TEXT,
            num_key_value_heads=2,
            num_local_experts=4,
        )
    ),
    "Qwen3 MoE": _text(
        _hf(
            "Qwen3MoeForCausalLM",
            "Qwen3MoeConfig",
            **_TEXT,
            num_key_value_heads=2,
            num_experts=4,
            num_experts_per_tok=2,
            moe_intermediate_size=16,
            head_dim=8,
        )
    ),
    "Gemma 2": _text(
        _hf("Gemma2ForCausalLM", "Gemma2Config", **_TEXT, num_key_value_heads=2, head_dim=8)
    ),
    "ViT": _picture(_hf("ViTModel", "ViTConfig", **_SMALL, image_size=32, patch_size=8)),
    "DINOv2": _picture(_dinov2),
    "Swin": _picture(
        _hf(
            "SwinModel",
            "SwinConfig",
            image_size=32,
            patch_size=4,
            embed_dim=16,
            depths=[1, 1],
            num_heads=[2, 2],
            window_size=4,
        )
    ),
    "ConvNeXt": _picture(
        _hf("ConvNextModel", "ConvNextConfig", hidden_sizes=[8, 16], depths=[1, 1], num_stages=2)
    ),
    "ResNet": _picture(
        _hf(
            "ResNetForImageClassification",
            "ResNetConfig",
            embedding_size=8,
            hidden_sizes=[8, 16],
            depths=[1, 1],
        )
    ),
    "SegFormer": _picture(
        _hf(
            "SegformerForSemanticSegmentation",
            "SegformerConfig",
            hidden_sizes=[8, 8, 16, 16],
            depths=[1, 1, 1, 1],
            num_attention_heads=[1, 1, 2, 2],
            decoder_hidden_size=16,
        ),
        64,
    ),
    "Whisper": Row(
        _whisper,
        tuple,
        lambda: _named(input_features=seeded(1, 16, 60), decoder_input_ids=tokens(1, 5)),
    ),
    "Wav2Vec2": Row(_wav2vec, tuple, lambda: _named(input_values=seeded(1, 800))),
    "CLIP": Row(
        _clip,
        tuple,
        lambda: _named(input_ids=tokens(2, 8), pixel_values=seeded(2, 3, 32, 32)),
    ),
    "Mamba": _text(
        _hf("MambaForCausalLM", "MambaConfig", vocab_size=99, hidden_size=16, num_hidden_layers=2)
    ),
    "RoBERTa": _text(_hf("RobertaModel", "RobertaConfig", **_TEXT)),
    "DeBERTa": _text(_hf("DebertaV2Model", "DebertaV2Config", **_TEXT, relative_attention=True)),
}


class _Convolutions(torch.nn.Module):
    """Two graph layers of a kind, with an activation between."""

    def __init__(self, first: Any, second: Any) -> None:
        super().__init__()
        self.first = first
        self.second = second

    def forward(self, nodes, edges):
        return self.second(self.first(nodes, edges).relu(), edges)


def _edges() -> torch.Tensor:
    return torch.tensor([[0, 1, 2, 3, 4, 4], [1, 2, 3, 4, 0, 2]])


def _graph(kind: str, **settings: Any) -> Row:
    def make() -> Any:
        layer = getattr(geometric, kind)
        return _Convolutions(layer(4, 8, **settings), layer(8, 3, **settings))

    return Row(make, lambda: (seeded(5, 4), _edges()))


GRAPHS: dict[str, Row] = {
    "GCN": _graph("GCNConv"),
    "GAT": _graph("GATv2Conv"),
    "GraphSAGE": _graph("SAGEConv"),
    "graph transformer": _graph("TransformerConv"),
}


def _unet() -> Any:
    return diffusers.UNet2DModel(
        sample_size=16,
        block_out_channels=(8, 16),
        norm_num_groups=4,
        layers_per_block=1,
        down_block_types=("DownBlock2D", "AttnDownBlock2D"),
        up_block_types=("AttnUpBlock2D", "UpBlock2D"),
        attention_head_dim=4,
    ).eval()


def _conditioned() -> Any:
    return diffusers.UNet2DConditionModel(
        sample_size=8,
        block_out_channels=(8, 16),
        norm_num_groups=4,
        layers_per_block=1,
        cross_attention_dim=12,
        attention_head_dim=4,
        down_block_types=("CrossAttnDownBlock2D", "DownBlock2D"),
        up_block_types=("UpBlock2D", "CrossAttnUpBlock2D"),
    ).eval()


class _Denoising(torch.nn.Module):
    """A sampler's loop around its network."""

    def __init__(self) -> None:
        super().__init__()
        self.unet = _unet()
        self.scheduler = diffusers.DDPMScheduler(num_train_timesteps=10)

    def forward(self, x):
        self.scheduler.set_timesteps(3)
        for step in self.scheduler.timesteps:
            x = self.scheduler.step(self.unet(x, step).sample, step, x).prev_sample
        return x


DIFFUSERS: dict[str, Row] = {
    "UNet": Row(_unet, lambda: (seeded(1, 3, 16, 16), 3)),
    "conditioned UNet": Row(
        _conditioned, lambda: (seeded(1, 4, 8, 8), torch.tensor(3), seeded(1, 5, 12))
    ),
    "autoencoder": Row(
        lambda: diffusers.AutoencoderKL(
            block_out_channels=(8, 16),
            down_block_types=("DownEncoderBlock2D",) * 2,
            up_block_types=("UpDecoderBlock2D",) * 2,
            norm_num_groups=4,
        ).eval(),
        lambda: (seeded(1, 3, 16, 16),),
    ),
    "denoising loop": Row(_Denoising, lambda: (seeded(1, 3, 16, 16),)),
}

ROWS: dict[str, Row] = {**TRANSFORMERS, **GRAPHS, **DIFFUSERS}
