"""The network of pages: what it learns from, its training, and its file."""

from __future__ import annotations

import dataclasses
from functools import partial
from pathlib import Path

import numpy as np
import pytest
import small
import torch

import inkdigit
from inkdigit.errors import ModelError, TrainingError
from inkdigit.evaluation.paper import canvas
from inkdigit.recognition import layout
from inkdigit.recognition.model import Model, PageModel
from inkdigit.settings import Settings
from inkdigit.training import drawing, initial_weights, page_export, pages
from inkdigit.training.network import PageNetwork

PAGE = Path(inkdigit.__file__).parent / "weights" / "western-page.onnx"
SMALL = dataclasses.replace(small.RECIPE, name="page", epochs=2, batch=2, rate=0.004, decay=0.01, average=0.5, most=6)


@pytest.fixture
def small_pages(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pages, "_page", small.page)
    monkeypatch.setattr(pages, "_SHUFFLED", 4)


def item(quad: list[tuple[float, float]], height: float = 24, kind: int = canvas.NUMBER) -> canvas.Item:
    return canvas.Item(kind, "12", np.array(quad, np.float32), height)


def test_a_core_lies_in_the_middle_of_its_number() -> None:
    core, height = pages.cores([item([(40, 40), (120, 40), (120, 64), (40, 64)], 48)], (128, 160))
    assert core.shape == (32, 40)
    rows, columns = np.nonzero(core == layout.HAND)
    assert (rows.min(), rows.max()) == (11, 15)  # a third of the height of a digit
    assert 12 <= columns.min() <= 13  # of 10 to 29
    assert 26 <= columns.max() <= 28
    assert height[12, 20] == 1.0
    assert height[0, 0] == 0.0


def test_a_lone_1_has_a_core_that_can_be_seen() -> None:
    core, _ = pages.cores([item([(40, 40), (42, 40), (42, 64), (40, 64)])], (128, 160))
    assert 2 <= np.ptp(np.nonzero(core)[1]) + 1 <= 3


def test_numbers_side_by_side_are_parted_by_their_rims() -> None:
    two = [item([(x, 20), (x + 40, 20), (x + 40, 44), (x, 44)]) for x in (20, 60)]
    core, _ = pages.cores(two, (64, 128))
    kinds = [kind for at, kind in enumerate(core[8]) if at == 0 or core[8][at - 1] != kind]
    assert kinds == [0, pages._BESIDE, layout.HAND, pages._BESIDE, layout.HAND, pages._BESIDE, 0]


def test_a_number_that_stands_aslant_has_a_core_aslant() -> None:
    quad = np.array([(-40, -12), (40, -12), (40, 12), (-40, 12)]) @ np.array([[0.8, 0.6], [-0.6, 0.8]]) + 80
    core, _ = pages.cores([item([tuple(corner) for corner in quad])], (160, 160))
    y, x = np.nonzero(core == layout.HAND)
    assert np.polyfit(x, y, 1)[0] == pytest.approx(0.75, abs=0.1)


def test_what_nobody_could_read_is_neither_asked_for_nor_forbidden() -> None:
    core, _ = pages.cores([item([(40, 40), (80, 40), (80, 48), (40, 48)], 8)], (128, 160))
    assert set(np.unique(core)) == {0, pages._BESIDE, 255}


def test_words_and_print_are_told_from_numbers_and_a_number_is_drawn_over_a_word() -> None:
    box = [(20.0, 20.0), (100.0, 20.0), (100.0, 44.0), (20.0, 44.0)]
    word, number = item(box, kind=canvas.WORD), item(box, kind=canvas.PRINTED)
    assert set(np.unique(pages.cores([number, word], (64, 128))[0])) == {0, pages._BESIDE, layout.PRINT}


def test_a_stopped_run_ends_like_one_that_was_not(tmp_path: Path, small_pages: None) -> None:
    held = pages.batch(pages.validation(Settings(), 0, 0, count=1))
    whole = pages.train(SMALL, Settings(), held, tmp_path / "whole", workers=0)

    class Stop(Exception):
        pass

    def stop(epoch: object) -> None:
        raise Stop

    with pytest.raises(Stop):
        pages.train(SMALL, Settings(), held, tmp_path / "parts", on_epoch=stop, workers=0)
    again = pages.train(SMALL, Settings(), held, tmp_path / "parts", workers=0)
    for one, other in zip(whole.state_dict().values(), again.state_dict().values(), strict=True):
        assert torch.equal(one, other)


def test_pages_drawn_by_other_processes_are_those_that_this_one_draws(small_pages: None) -> None:
    make = partial(small.page, Settings(), 0, False, ())
    found = []
    for workers in (0, 1):
        with drawing.processes(workers) as pool:
            found += [list(drawing.shuffled(make, 3, pool, 5, 4, 3)) for _ in range(2)]  # two epochs, one pool
    here, _, there, again = found
    assert len(here) == len(there) == 5
    for one, other, repeated in zip(here, there, again, strict=True):
        assert np.array_equal(one.grey, other.grey)
        assert np.array_equal(one.grey, repeated.grey)


def test_a_run_goes_on_from_a_shipped_file(tmp_path: Path) -> None:
    """The normalisations are folded into the file; the network scores as the file does all the same."""
    network = PageNetwork()
    initial_weights.begin(network, PAGE)
    seen = layout.prepared(np.random.default_rng(0).integers(0, 255, (64, 160)).astype(np.uint8))
    with torch.inference_mode():
        found = network.eval()(torch.from_numpy(seen))[0].numpy()
    assert np.allclose(found, PageModel(PAGE).cores(seen), atol=1e-4)


def test_a_wider_network_begins_as_the_one_it_goes_on_from() -> None:
    torch.manual_seed(0)
    wide, narrow = PageNetwork(18).eval(), PageNetwork(12).eval()
    initial_weights.begin(narrow, PAGE)
    initial_weights.begin_wider(wide, PageNetwork, 18, PAGE)
    page = small.page(Settings(), 0, False, (), (1, 2))[0]
    seen = torch.from_numpy(layout.prepared(page.grey))
    with torch.inference_mode():
        found, wanted = wide(seen)[0, : layout.KINDS], narrow(seen)[0, : layout.KINDS]
    assert not torch.equal(found, wanted)  # a little noise
    assert float((found.argmax(0) == wanted.argmax(0)).float().mean()) > 0.97
    with pytest.raises(TrainingError, match="no wider than 9"):
        initial_weights.begin_wider(PageNetwork(9), PageNetwork, 9, PAGE)


@pytest.mark.parametrize("start", [PAGE.with_name("western-row.onnx"), PAGE.with_name("western.onnx")])
def test_a_run_does_not_go_on_from_another_network(start: Path) -> None:
    with pytest.raises(TrainingError, match="another network"):
        initial_weights.begin(PageNetwork(), start)


@pytest.mark.parametrize("accelerator", ["tpu", "gpu"])
def test_a_device_that_is_not_there_is_refused(accelerator: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    with pytest.raises(TrainingError, match=r"accelerator auto, cpu or gpu|a GPU"):
        pages.train(SMALL, Settings(), {}, Path(), accelerator=accelerator)


def test_a_run_does_not_go_on_from_an_empty_folder(tmp_path: Path) -> None:
    with pytest.raises(TrainingError, match="folder of a run"):
        initial_weights.begin(PageNetwork(), tmp_path)


def test_less_than_a_batch_is_refused(tmp_path: Path) -> None:
    with pytest.raises(TrainingError, match="2 crops an epoch"):
        pages.train(dataclasses.replace(SMALL, most=1), Settings(), {}, tmp_path)


def test_the_loss_falls_on_the_page_it_learns() -> None:
    torch.manual_seed(0)
    wanted = pages.batch(small.page(Settings(), 0, False, (), (1, 2)))
    network = PageNetwork(3)
    optimizer = torch.optim.AdamW(network.parameters(), lr=0.01)
    losses = []
    for _ in range(30):
        loss = pages.loss_of(network(wanted["seen"]), wanted)
        optimizer.zero_grad()
        torch.autograd.backward(loss)
        optimizer.step()
        losses.append(float(loss.detach()))
    assert losses[-1] < 0.7 * losses[0]


def test_the_file_says_what_it_is_and_answers_as_torch_does(tmp_path: Path, small_pages: None) -> None:
    held = pages.batch(pages.validation(Settings(), 0, 0, count=2))
    network = PageNetwork().eval()
    path = tmp_path / "western-page.onnx"
    card = page_export.export(network, held, SMALL, 5, 1, path, "abc")
    assert path.stat().st_size < 2_000_000
    model = PageModel(path)
    assert model.card == card
    assert card.provenance["seed"] == 5
    assert card.provenance["commit"] == "abc"
    assert set(card.mistakes) == {f"{one}-validation" for one in ("core missed", "core invented", "rim missed")}
    seen = layout.prepared(np.random.default_rng(0).integers(0, 255, (64, 160)).astype(np.uint8))
    cores = model.cores(seen)
    with torch.inference_mode():
        wanted = network(torch.from_numpy(seen))
    assert cores.shape == (9, 16, 40)
    assert np.allclose(cores, wanted[0].numpy(), atol=1e-3)
    with pytest.raises(ModelError, match="which reads pages"):
        Model(path)


def test_a_file_has_half_the_size_of_its_weights_and_a_run_goes_on_from_it(tmp_path: Path, small_pages: None) -> None:
    held = pages.batch(pages.validation(Settings(), 0, 0, count=1))
    network = PageNetwork(width=18).eval()
    with torch.no_grad():
        for values in network.parameters():
            values.add_(0.01 * torch.randn_like(values))  # biases that are alike are one in a file
    path = tmp_path / "western-page.onnx"
    page_export.export(network, held, dataclasses.replace(SMALL, width=18), 5, 1, path, "abc")
    weights = sum(values.numel() for values in network.parameters())
    assert path.stat().st_size == pytest.approx(2 * weights, rel=0.05)
    assert path.stat().st_size < 2_000_000
    again = PageNetwork(width=18)
    initial_weights.begin(again, path)
    with torch.inference_mode():
        assert torch.allclose(again.eval()(held["seen"][:1]), network(held["seen"][:1]), atol=0.02)
