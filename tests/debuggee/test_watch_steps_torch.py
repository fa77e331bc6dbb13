"""Watched training in PyTorch: the bad step is found, told of and left as it was."""

from __future__ import annotations

from pathlib import Path

from opscope.tracers.ir import RunState
from opscope.tracers.protocol.client import Client

from .watched_training import TORCH, line_of, run

LOG_OF_ZERO = (
    TORCH
    + """
def train(watch):
    torch.manual_seed(0)
    net = torch.nn.Sequential(
        torch.nn.Linear(8, 16), torch.nn.BatchNorm1d(16), torch.nn.Dropout(0.2),
        torch.nn.Linear(16, 4), torch.nn.Softplus(),
    )
    optimizer = torch.optim.Adam(net.parameters(), lr=0.01)
    scheduler = torch.optim.lr_scheduler.ExponentialLR(optimizer, 0.99)
    losses = []

    def step(x, y):
        optimizer.zero_grad()
        out = net(x)
        weight = torch.log(x.abs().sum(1, keepdim=True))
        loss = (weight * out + (out - y) ** 2).mean()
        loss.backward()
        optimizer.step()
        scheduler.step()
        losses.append(loss.item())
        print("loss", len(losses))
        return loss

    step = watch(step)
    numbers = torch.Generator().manual_seed(1)
    for count in range(1, 46):
        x, y = torch.rand(6, 8, generator=numbers), torch.rand(6, 4, generator=numbers)
        if count == 37:
            x[3] = 0
        step(x, y)
    return [state(net, optimizer, scheduler), losses, optimizer.param_groups[0]["lr"]]


compare(train, save="bad")
"""
)

SPIKE = (
    TORCH
    + """
def train(watch):
    torch.manual_seed(0)
    net = torch.nn.Sequential(torch.nn.Linear(4, 8), torch.nn.Tanh(), torch.nn.Linear(8, 1))
    optimizer = torch.optim.SGD(net.parameters(), lr=0.05)
    rates = [0.05] * 30 + [500.0] + [0.0001] * 10
    x = torch.randn(32, 4)
    y = x.sum(1, keepdim=True)

    @watch
    def step(x, y):
        optimizer.zero_grad()
        loss = torch.nn.functional.mse_loss(net(x), y)
        loss.backward()
        optimizer.step()
        return {"loss": loss}

    for rate in rates:
        optimizer.param_groups[0]["lr"] = rate
        step(x, y)
    return state(net, optimizer)


compare(train, every=20)
"""
)

SCALER = (
    TORCH
    + """
def train(watch):
    torch.manual_seed(0)
    net = torch.nn.Linear(4, 2)
    optimizer = torch.optim.SGD(net.parameters(), lr=1e-6)
    scaler = torch.amp.GradScaler("cpu", init_scale=2.0**120, growth_interval=4)
    overflow = 0

    @watch
    def step(x):
        nonlocal overflow
        optimizer.zero_grad()
        loss = (net(x) ** 2).mean() * 1e3
        scaler.scale(loss).backward()
        before = scaler.get_scale()
        scaler.step(optimizer)
        scaler.update()
        overflow += scaler.get_scale() < before
        return loss

    numbers = torch.Generator().manual_seed(1)
    for _ in range(30):
        step(torch.rand(8, 4, generator=numbers))
    return [state(net, optimizer, scaler), overflow]


compare(train)
torch.manual_seed(0)
scaled = train(lambda step: step)
print("skipped", scaled[1])
"""
)

NOT_AGAIN = (
    TORCH
    + """
import itertools

torch.manual_seed(0)
net = torch.nn.Linear(4, 1)
optimizer = torch.optim.SGD(net.parameters(), lr=0.01)
clock = open(__file__)


class Elsewhere:
    count = 0


@opscope.watch_steps(every=10, open=False, when="step == 14")
def step(x):
    Elsewhere.count += 1
    optimizer.zero_grad()
    loss = net(x).pow(2).mean() + 0.001 * Elsewhere.count
    loss.backward()
    optimizer.step()
    return loss


for _ in range(16):
    step(torch.ones(2, 4))

batches = itertools.repeat(torch.ones(2, 4))


@opscope.watch_steps(every=10, open=False, when="step == 3")
def drawn():
    return net(next(batches)).mean()


for _ in range(4):
    drawn()
"""
)

BUDGET = (
    TORCH
    + """
from opscope.tracers.engine import step_watcher

most = [0, 0]
prepare = step_watcher.StepWatcher.before


def noted(watcher, keep):
    prepare(watcher, keep)
    if watcher._state is not None:
        most[0] = max(most[0], watcher._held + watcher._state.nbytes)
        most[1] = max(most[1], len(watcher._calls))


step_watcher.StepWatcher.before = noted
torch.manual_seed(0)
net = torch.nn.Linear(100, 1)
optimizer = torch.optim.SGD(net.parameters(), lr=0.01)


def step(x):
    optimizer.zero_grad()
    loss = net(x).mean()
    loss.backward()
    optimizer.step()
    return loss


watched = opscope.watch_steps(step, every=50, budget="2 MB", open=False, when="step == 33")
for _ in range(40):
    watched(torch.rand(500, 100))  # 200 kB
print(most[0] <= 2_000_000, most[1])
same = torch.rand(500, 100)
most[:] = [0, 0]
watched = opscope.watch_steps(step, every=50, budget="2 MB", open=False)
for _ in range(40):
    watched(same)
print(most[0] <= 2_000_000, most[1])
watched = opscope.watch_steps(step, budget=100, open=False)
watched(same)
"""
)

STOPS = (
    TORCH
    + """
torch.manual_seed(0)


class Trainer:
    def __init__(self):
        self.net = torch.nn.Sequential(torch.nn.Linear(4, 4), torch.nn.Linear(4, 1)).half()
        self.optimizer = torch.optim.SGD(self.net.parameters(), lr=0.01)
        self.count = 0

    @opscope.watch_steps(every=10, open=False, stop=True)
    def step(self, batch):
        self.count += 1
        self.optimizer.zero_grad()
        loss = torch.square(self.net(batch["x"]) * batch["scale"] * batch["scale"]).mean()
        loss.backward()
        self.optimizer.step()
        return loss


trainer = Trainer()
try:
    for count in range(1, 40):
        scale = torch.tensor(2000.0 if count == 25 else 1.0, dtype=torch.float16)
        trainer.step({"x": torch.full((2, 4), 2.0, dtype=torch.float16), "scale": scale})
except opscope.TrainingStopped as error:
    print("stopped", error.step, trainer.count, error)
"""
)


def test_a_log_of_zero_is_told_with_its_op_and_training_goes_on_as_ever(tmp_path: Path):
    out, errors = run(LOG_OF_ZERO, tmp_path)
    rows = out.splitlines()
    assert rows[-1] == "equal"
    assert rows[:-1] == [f"loss {n}" for n in range(1, 46)] * 2  # the replay prints nothing
    told = errors.splitlines()
    line = line_of(LOG_OF_ZERO, "weight = torch.log")
    assert told[0] == "opscope: step 37 of step: the loss is −Inf."
    assert "log makes −Inf at [3, 0]: the log of 0 is −Inf (x = 0)" in told[1]
    assert f"line {line})" in told[1]
    assert told[2].startswith("opscope:   try: Add a small constant before the log")
    assert "did not reproduce" not in errors
    assert errors.count("step 37 of step") == 1
    assert "step 38" not in errors  # what follows from it is not told


def test_the_bad_step_is_saved_as_a_run(tmp_path: Path):
    _, errors = run(LOG_OF_ZERO, tmp_path)
    assert "step 37 is saved in" in errors
    with Client.start() as client:
        saved = client.launch({"spec": str(tmp_path / "bad.opscope")})
        assert saved.state is RunState.FINISHED
    types = [op.type for op in saved.graph.ops]
    assert "log" in types
    assert any(name.endswith("Backward") for name in types)
    assert {scope.path for scope in saved.graph.scopes} >= {"net.0", "optimizer.step"}
    assert {value.name for value in saved.graph.values} >= {"x", "y", "net.0.weight"}


def test_a_spike_is_traced_to_the_update_before_it(tmp_path: Path):
    out, errors = run(SPIKE, tmp_path)
    assert out == "equal\n"
    assert "opscope: step 32 of step: the loss is " in errors
    assert "times the median of the 31 steps before" in errors
    assert "It began in step 31: its update moves " in errors
    assert "at a learning rate of 500 (0.05 before)" in errors
    assert "opscope: spike: add_" in errors
    assert "too far" in errors
    assert "ops of step 31" in errors


def test_what_a_scaler_skips_is_no_finding(tmp_path: Path):
    out, errors = run(SCALER, tmp_path)
    equal, skipped = out.splitlines()
    assert equal == "equal"
    assert int(skipped.split()[1]) > 0
    assert errors == ""


def test_a_replay_that_goes_otherwise_is_told_so(tmp_path: Path):
    _, errors = run(NOT_AGAIN, tmp_path)
    assert "opscope: step 14 of step: “step == 14” holds: the loss is " in errors
    assert "The replay did not reproduce step 14: the loss of step 11 was " in errors
    assert "A cause may be something that the step reads besides its batch" in errors
    assert "opscope: drawn is watched, but not replayed: its step draws batches" in errors
    assert "opscope: step 3 of drawn: “step == 3” holds" in errors
    assert "It is not replayed: its step draws batches from an iterator" in errors


def test_the_budget_is_kept(tmp_path: Path):
    out, errors = run(BUDGET, tmp_path)
    assert out == "True 9\nTrue 40\n"  # a batch that comes again is kept once
    assert errors.count("so that a snapshot is taken every 9 steps") == 1
    assert "step 33 of step" in errors
    assert "ops of step 33" in errors
    assert "more than the budget of 100 bytes" in errors


def test_an_overflow_in_float16_ends_a_training_that_is_to_stop(tmp_path: Path):
    out, errors = run(STOPS, tmp_path)
    assert out == "stopped 25 25 Step 25 of step: the loss is Inf.\n"
    assert "square makes Inf at [0, 0]" in errors
    assert "float16" in errors
