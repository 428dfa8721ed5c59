"""The weights that a run can start from: those of a finished run, or those in a model file of ours."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

import numpy as np
import onnx
import torch
from numpy.typing import NDArray
from onnx import numpy_helper
from torch import Tensor, nn

from inkdigit.errors import TrainingError
from inkdigit.recognition import row
from inkdigit.recognition.model import Model
from inkdigit.training.checkpoint import CHECKPOINT
from inkdigit.training.network import BatchNorm, Network

_NOISE = 0.05  # of a weight


def state(start: Path, width: int) -> dict[str, Tensor]:
    """The state to start from: of a model file, or of a finished run by its folder.

    Raises:
        ModelError, TrainingError: neither, or of another width.
    """
    named, found = from_model(start) if start.suffix == ".onnx" else from_run(start / CHECKPOINT)
    if found != width:
        raise TrainingError(f"a run of width {width}", f"width {found} in {start}", "Start from another")
    return named


def network(path: Path) -> Network:
    """The network in a model file, as wide as it is.

    Raises:
        ModelError, TrainingError: no model of ours.
    """
    found, width = from_model(path)
    made = Network(width=width)
    made.load_state_dict(found)
    return made.eval()


def from_run(checkpoint: Path) -> tuple[dict[str, Tensor], int]:
    """The state of the averaged network, and its width.

    Raises:
        TrainingError: no checkpoint, or a damaged one.
    """
    try:
        saved = torch.load(checkpoint, map_location="cpu", weights_only=True)
        width = int(json.loads(saved["recipe"])["width"])
        named = {name.removeprefix("module."): value for name, value in saved["average"].items()}
    except Exception as error:  # torch raises many kinds on a damaged file
        raise TrainingError("the folder of a run", f"{checkpoint}: {error}", "Name the --out folder of one") from None
    return {name: value for name, value in named.items() if name != "n_averaged"}, width


def from_model(path: Path) -> tuple[dict[str, Tensor], int]:
    """The state of a network that scores as the file does, and its width.

    The file has each normalisation folded into its convolution; here the folded weights stand in the convolution, and
    the normalisation only adds the bias. Before it is trained, it is to be `normalised`.

    Raises:
        ModelError: not a model of ours.
        TrainingError: a model of another network.
    """
    width = int(Model(path).card.provenance.get("recipe", {}).get("width", 0))
    made = Network(width=max(1, width))
    unfold(made, path)
    return made.state_dict(), width


def begin(network: nn.Module, start: Path) -> None:
    """Gives a network of lines, rows or pages the weights of a run, by its folder, or of a model file.

    Raises:
        ModelError, TrainingError: neither, or of another network.
    """
    if start.suffix == ".onnx":
        unfold(network, start)
        return
    named, _ = from_run(start / CHECKPOINT)
    try:
        network.load_state_dict(with_more_signs(named, network))
    except RuntimeError as error:
        got = f"{start}, of another network ({str(error).splitlines()[0]})"
        raise TrainingError("a run of the same recipe", got, "Start from another") from None


def begin_wider(network: nn.Module, make: Callable[..., nn.Module], width: int, start: Path) -> None:
    """The same for a network that may be wider than the one it goes on from, see `widened`.

    Args:
        make: a network of the same kind, of the `width` that it is given.
        width: of `network`.

    Raises:
        ModelError, TrainingError: as `begin`; or `start` is wider.
    """
    found = width_of(start)
    if found > width:
        raise TrainingError(f"a network no wider than {width}", f"{found} in {start}", "Start from another")
    if found == width:
        begin(network, start)
        return
    narrow = make(width=found)
    begin(narrow, start)
    network.load_state_dict(widened(narrow.state_dict(), network))


def with_more_signs(state: dict[str, Tensor], network: nn.Module) -> dict[str, Tensor]:
    """The state of a network of rows that tells more signs, of one that told fewer; the same where it tells as many.

    Those that are new stand last among the signs, before the gap and the blank. They begin as what is no digit.
    """
    found = dict(state)
    for name in ("scores.weight", "scores.bias"):
        part, wanted = found.get(name), network.state_dict().get(name)
        if part is not None and wanted is not None and len(part) < len(wanted):
            new = part[row.OTHER : row.OTHER + 1].repeat(len(wanted) - len(part), *[1] * (part.ndim - 1))
            found[name] = torch.cat([part[:-2], new, part[-2:]])
    return found


def width_of(start: Path) -> int:
    """How wide the network of rows or of pages is in a model file, or in the folder of a run.

    Raises:
        TrainingError: neither.
    """
    if start.suffix == ".onnx":
        try:
            return len(_constants(onnx.load(start))["stem.0.weight"])
        except Exception as error:  # what reads the file raises many kinds on a damaged one
            got = f"{start}, of another network ({str(error).splitlines()[0]})"
            raise TrainingError("a model of rows or pages, made by inkdigit train", got, "Name another") from None
    return from_run(start / CHECKPOINT)[1]


def widened(narrow: dict[str, Tensor], network: nn.Module) -> dict[str, Tensor]:
    """The state of a wider network that scores as a narrow one does, but for a little noise.

    Channels that are new do what another one does, and whatever reads them shares their weights among all that do the
    same (Chen, Goodfellow and Shlens, arXiv:1511.05641). Noise lets them learn different things.

    Args:
        narrow: the state of the narrow network; of its channels, so many have one copy more as the wider one has more.
    """
    copied: dict[tuple[int, int], Tensor] = {}

    def channels(few: int, many: int) -> Tensor:
        """int64 (many,): which channel each of them does the work of; layers alike in width share it."""
        if (few, many) not in copied:
            copied[few, many] = torch.cat([torch.arange(few), torch.randperm(few).repeat(many // few)[: many - few]])
        return copied[few, many]

    found = {}
    for name, wide in network.state_dict().items():
        part = narrow[name]
        if part.ndim and len(part) != len(wide):
            part = part[channels(len(part), len(wide))]
        if part.ndim > 1 and part.shape[1] != wide.shape[1]:
            readers = channels(part.shape[1], wide.shape[1])
            shares = torch.bincount(readers).reciprocal()[readers]
            part = part[:, readers] * shares.view(1, -1, *[1] * (part.ndim - 2))
        if part.ndim > 1:
            part = part * (1 + _NOISE * torch.randn_like(part))
        found[name] = part
    return found


def normalised(network: nn.Module, batches: Iterable[Tensor]) -> None:
    """Gives the normalisations of a network out of a file the mean and spread that they find; it scores as before.

    In the file they are folded away. In training, each takes off the mean and the spread of its batch; without this,
    all that the weights knew of these would be lost in the first step.

    Args:
        batches: of what the network sees in training.
    """
    parts = [part for part in network.modules() if isinstance(part, BatchNorm)]
    sums = [torch.zeros(3, part.num_features, dtype=torch.float64) for part in parts]

    def add(at: int) -> Callable[[nn.Module, tuple[Tensor, ...]], None]:
        """Counts what comes to a normalisation, and adds it and its squares up."""

        def before(_: nn.Module, given: tuple[Tensor, ...]) -> None:
            """float (n, channels, h, w)."""
            x = given[0].detach().to("cpu", torch.float64)
            some = torch.full((x.shape[1],), x.numel() / x.shape[1], dtype=torch.float64)
            sums[at] += torch.stack([some, x.sum(dim=(0, 2, 3)), x.square().sum(dim=(0, 2, 3))])

        return before

    hooks = [part.register_forward_pre_hook(add(at)) for at, part in enumerate(parts)]
    was_training = network.training
    network.eval()
    with torch.inference_mode():
        for some in batches:
            network(some)
    network.train(was_training)
    for hook in hooks:
        hook.remove()
    with torch.no_grad():
        for part, (count, total, squares) in zip(parts, sums, strict=True):
            mean = total / count.clamp(min=1)
            variance = (squares / count.clamp(min=1) - mean.square()).clamp(min=0)
            part.bias.add_(part.weight * mean)
            part.weight.mul_((variance + part.eps).sqrt())
            part.running_mean.copy_(mean)  # type: ignore[union-attr]
            part.running_var.copy_(variance)  # type: ignore[union-attr]


def unfold(network: nn.Module, path: Path) -> None:
    """Gives a network the weights of a model file, see from_model.

    Raises:
        TrainingError: the file is of another network.
    """
    try:
        values = _constants(onnx.load(path))
        state = network.state_dict()
        normalised = {name: part for name, part in network.named_modules() if isinstance(part, BatchNorm)}
        for name, part in normalised.items():
            folded = f"{name.rpartition('.')[0]}.0.weight"
            state[folded] = torch.from_numpy(values[folded].copy())
            state[f"{name}.weight"] = torch.ones_like(part.weight)
            state[f"{name}.bias"] = torch.from_numpy(values[f"{folded}_bias"].copy())
            state[f"{name}.running_mean"] = torch.zeros_like(part.weight)
            state[f"{name}.running_var"] = torch.full_like(part.weight, 1 - part.eps)
        for name in state:
            owner = name.rpartition(".")[0]
            if owner not in normalised and f"{owner.rpartition('.')[0]}.1" not in normalised:
                state[name] = torch.from_numpy(values[name].copy())
        network.load_state_dict(state)
    except (KeyError, RuntimeError, AttributeError) as error:
        got = f"{path}, of another network ({str(error).splitlines()[0]})"
        raise TrainingError("a model that this version of inkdigit train made", got, "Start from another") from None


def _constants(model: onnx.ModelProto) -> dict[str, NDArray[np.float32]]:
    """Name -> values of every constant, rounded ones turned back into float32, under the names they had before."""
    raw = {tensor.name: numpy_helper.to_array(tensor) for tensor in model.graph.initializer}
    values: dict[str, NDArray[Any]] = dict(raw)
    for node in model.graph.node:
        if node.op_type == "Cast" and node.input[0] in raw:
            values[node.output[0]] = raw[node.input[0]].astype(np.float32)
        if node.op_type != "DequantizeLinear" or node.input[0] not in raw:
            continue
        whole, scale, zero = (raw[name] for name in node.input)
        spread = (-1, *[1] * (whole.ndim - 1)) if scale.ndim else ()
        number = (whole.astype(np.float32) - zero.astype(np.float32).reshape(spread)) * scale.reshape(spread)
        values[node.input[0].removesuffix("_quantized")] = number.astype(np.float32)
    return values
