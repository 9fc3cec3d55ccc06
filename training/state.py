"""Everything that training needs to go on: parameters, their running average, optimisers, counters."""

from __future__ import annotations

import json
from pathlib import Path

import torch
from safetensors.torch import load_file, save_file

from attnviz.model.recurrent import RecurrentTranslator
from attnviz.model.transformer import Transformer

Network = Transformer | RecurrentTranslator


class State:
    """Model, running average of its parameters, optimisers and counters; saved without pickle."""

    def __init__(self, network: Network, average: float) -> None:
        """Start from the parameters that ``network`` has."""
        self.model = network
        self.average_decay = average
        self._begin_average()
        matrices = [p for n, p in network.named_parameters() if p.dim() == 2 and n != "embedding.weight"]
        inside = {id(parameter) for parameter in matrices}
        others = [parameter for parameter in network.parameters() if id(parameter) not in inside]
        adam = torch.optim.Adam(others, lr=1.5e-3, betas=(0.9, 0.98), eps=1e-9)
        self.optimisers: list[torch.optim.Optimizer] = [adam, torch.optim.Muon(matrices, lr=0.015, weight_decay=0.0)]
        self.peaks = [optimiser.param_groups[0]["lr"] for optimiser in self.optimisers]
        self.counters: dict[str, float] = {"step": 0, "seconds": 0.0, "core_seconds": 0.0, "target_tokens": 0}

    def _begin_average(self) -> None:
        self.average = {name: value.detach().clone() for name, value in self.model.state_dict().items()}

    def begin_with(self, network: Network, rows: list[list[int]]) -> None:
        """Start from another model's parameters; ``rows``: which of its tokens each token is made of."""
        parameters = dict(network.state_dict())
        table = parameters["embedding.weight"]
        parameters["embedding.weight"] = torch.stack([table[row].mean(0) for row in rows])
        self.model.load_state_dict(parameters)
        self._begin_average()

    def set_rate(self, factor: float) -> None:
        """Scale each optimiser's peak learning rate."""
        for optimiser, peak in zip(self.optimisers, self.peaks, strict=True):
            optimiser.param_groups[0]["lr"] = peak * factor

    def update(self) -> None:
        """Take one step of each optimiser and move the running average."""
        for optimiser in self.optimisers:
            optimiser.step()
            optimiser.zero_grad(set_to_none=True)
        decay = min(self.average_decay, (self.counters["step"] + 1) / (self.counters["step"] + 10))
        for name, value in self.model.state_dict().items():
            self.average[name].lerp_(value, 1 - decay)

    def save(self, folder: Path) -> None:
        """Write everything that is needed to go on."""
        tensors = {f"model/{name}": value.contiguous() for name, value in self.model.state_dict().items()}
        tensors |= {f"average/{name}": value.contiguous() for name, value in self.average.items()}
        for index, optimiser in enumerate(self.optimisers):
            for parameter, values in optimiser.state_dict()["state"].items():
                tensors |= {f"optimiser/{index}/{parameter}/{name}": value for name, value in values.items()}
        save_file(tensors, folder / "state.new")
        (folder / "state.new").replace(folder / "state.safetensors")
        (folder / "counters.json").write_text(json.dumps(self.counters))

    def load(self, folder: Path) -> None:
        """Go on from what :meth:`save` wrote."""
        tensors = load_file(folder / "state.safetensors")
        self.model.load_state_dict({n[6:]: v for n, v in tensors.items() if n.startswith("model/")})
        self.average = {n[8:]: v for n, v in tensors.items() if n.startswith("average/")}
        for index, optimiser in enumerate(self.optimisers):
            saved = optimiser.state_dict()
            for name, value in tensors.items():
                if name.startswith(f"optimiser/{index}/"):
                    parameter, field = name.split("/")[2:]
                    saved["state"].setdefault(int(parameter), {})[field] = value
            optimiser.load_state_dict(saved)
        self.counters |= json.loads((folder / "counters.json").read_text())
