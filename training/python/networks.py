"""The two networks, as PyTorch modules that can be scripted, and the metadata of their files.

Inputs are the bytes that engine/infer/ makes; what they mean is in detector_tile.hpp and
classifier_patch.hpp. Outputs are logits and regressions, not probabilities.
"""

import hashlib

import torch
from torch import Tensor, nn
from torch.nn import functional

PLANES = {
    "detector": ["all channels, boxcars 1-4", "all channels, boxcars 8-128",
                 "lower half of the band, boxcars 1-64", "upper half of the band, boxcars 1-64"],
    "classifier": ["frequency-time, dedispersed", "DM-time"],
}
SHAPES = {"detector": [4, 256, 256], "classifier": [2, 64, 64]}
OUTPUTS = {"detector": ["heat logit", "pixel in cell", "row in cell", "log2(width) / 4",
                        "ln(snr) / 2"],
           "classifier": ["logit"]}
DTYPES = {"detector": torch.uint8, "classifier": torch.int8}


class ConvUnit(nn.Module):
    """Convolution, batch normalisation, ReLU."""

    def __init__(self, inputs: int, outputs: int, stride: int = 1):
        super().__init__()
        self.conv = nn.Conv2d(inputs, outputs, 3, stride, 1, bias=False)
        self.norm = nn.BatchNorm2d(outputs)

    def forward(self, x: Tensor) -> Tensor:
        return functional.relu(self.norm(self.conv(x)))


class Residual(nn.Module):
    """Two convolutions beside the identity."""

    def __init__(self, channels: int):
        super().__init__()
        self.first = ConvUnit(channels, channels)
        self.conv = nn.Conv2d(channels, channels, 3, 1, 1, bias=False)
        self.norm = nn.BatchNorm2d(channels)

    def forward(self, x: Tensor) -> Tensor:
        return functional.relu(x + self.norm(self.conv(self.first(x))))


def stage(inputs: int, outputs: int) -> nn.Sequential:
    """Half the resolution, then a residual unit."""
    return nn.Sequential(ConvUnit(inputs, outputs, 2), Residual(outputs))


def doubled(x: Tensor) -> Tensor:
    return functional.interpolate(x, scale_factor=2.0, mode="nearest")


class Detector(nn.Module):
    """Tiles, uint8 [B, 4, 256, 256] -> [B, 5, 64, 64], a small feature pyramid (OUTPUTS)."""

    def __init__(self):
        super().__init__()
        widths = (16, 32, 48, 64, 96)
        head = 32
        self.stem = ConvUnit(4, widths[0], 2)
        self.stage1 = stage(widths[0], widths[1])
        self.stage2 = stage(widths[1], widths[2])
        self.stage3 = stage(widths[2], widths[3])
        self.stage4 = stage(widths[3], widths[4])
        self.lateral1 = nn.Conv2d(widths[1], head, 1)
        self.lateral2 = nn.Conv2d(widths[2], head, 1)
        self.lateral3 = nn.Conv2d(widths[3], head, 1)
        self.lateral4 = nn.Conv2d(widths[4], head, 1)
        self.up3 = ConvUnit(head, head)
        self.up2 = ConvUnit(head, head)
        self.up1 = ConvUnit(head, head)
        self.head = ConvUnit(head, head)
        self.out = nn.Conv2d(head, 5, 1)
        nn.init.zeros_(self.out.bias)
        self.out.bias.data[0] = -4.0  # pulses are rare

    def forward(self, codes: Tensor) -> Tensor:
        x = codes.to(torch.float32) * (1.0 / 32.0) - 1.5  # back to asinh((snr - 3) / 3)
        x = x.contiguous(memory_format=torch.channels_last)
        a = self.stage1(self.stem(x))
        b = self.stage2(a)
        c = self.stage3(b)
        d = self.stage4(c)
        u = self.up3(self.lateral3(c) + doubled(self.lateral4(d)))
        u = self.up2(self.lateral2(b) + doubled(u))
        u = self.up1(self.lateral1(a) + doubled(u))
        return self.out(self.head(u))


class Branch(nn.Module):
    """One plane of a patch to 128 numbers."""

    def __init__(self):
        super().__init__()
        widths = (16, 24, 48, 64)
        self.unit1 = ConvUnit(1, widths[0])
        self.unit2 = ConvUnit(widths[0], widths[1])
        self.unit3 = ConvUnit(widths[1], widths[2])
        self.residual = Residual(widths[2])
        self.unit4 = ConvUnit(widths[2], widths[3])

    def forward(self, x: Tensor) -> Tensor:
        x = functional.max_pool2d(self.unit1(x), 2)
        x = functional.max_pool2d(self.unit2(x), 2)
        x = self.unit4(self.residual(functional.max_pool2d(self.unit3(x), 2)))
        return torch.cat([x.mean((2, 3)), x.amax((2, 3))], 1)


class Classifier(nn.Module):
    """Patches, int8 [B, 2, 64, 64] -> logits [B]."""

    def __init__(self):
        super().__init__()
        self.frequency_time = Branch()
        self.dm_time = Branch()
        self.hidden = nn.Linear(256, 48)
        self.out = nn.Linear(48, 1)
        self.dropout = nn.Dropout(0.2)

    def forward(self, codes: Tensor) -> Tensor:
        x = codes.to(torch.float32) * (1.0 / 40.0)
        x = torch.cat([self.frequency_time(x[:, 0:1]), self.dm_time(x[:, 1:2])], 1)
        return self.out(self.dropout(functional.relu(self.hidden(x)))).squeeze(1)


def make(kind: str) -> nn.Module:
    """An untrained network; seed torch before."""
    return {"detector": Detector, "classifier": Classifier}[kind]()


def weights_sha256(network: nn.Module) -> str:
    """Of all parameters and buffers, by name: engine/infer/torch_weights.hpp says how."""
    digest = hashlib.sha256()
    for name, weight in sorted(network.state_dict().items()):
        shape = ",".join(str(extent) for extent in weight.shape)
        digest.update(f"{name} {str(weight.dtype).split('.')[1]} {shape}\n".encode())
        digest.update(weight.detach().cpu().contiguous().numpy().tobytes())
    return digest.hexdigest()


def metadata(kind: str, version: str) -> dict:
    """What a file says of its network. Calibrations and thresholds are those of no training."""
    meta = {
        "format": f"draftstream-{kind}",
        "format_version": 1,
        "name": f"draftstream-{kind}",
        "version": version,
        "input": {"shape": SHAPES[kind], "dtype": str(DTYPES[kind]).split(".")[1],
                  "planes": PLANES[kind]},
        "output": OUTPUTS[kind],
        "calibration": {"scale": 1.0, "shift": 0.0},
        "training": None,
    }
    if kind == "detector":
        meta["find_threshold"] = 0.5
    else:
        meta["fusion"] = {"detector": 1.0, "classifier": 1.0, "shift": 0.0}
        meta["threshold"] = 0.5
    return meta
