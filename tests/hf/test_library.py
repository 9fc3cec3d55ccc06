"""The library's promises: names, parts, refusals, threads, a folder without internet, nothing left behind."""

import gc
import io
import json
import logging
import subprocess
import sys
import threading
import zipfile
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from safetensors.torch import load_file, save_file
from transformers import AutoModelForSeq2SeqLM, ByT5Tokenizer

import attnviz
from attnviz import EmptyTextError, ModelError
from attnviz.hf.model import quiet
from attnviz.hf.recording import _RECORDER
from attnviz.hf.text import labels_of
from attnviz.hf.tiny import save_tiny, tiny_config, tiny_model, tiny_tokenizer
from attnviz.trace.check import check_zip
from attnviz.trace.records import Part
from attnviz.trace.steps import step_record, steps_of

pytestmark = pytest.mark.filterwarnings("ignore")
TEXT = "the cat sat ."


def made(kind: str) -> Any:
    return attnviz.wrap_hf(tiny_model(kind), tiny_tokenizer(), name=kind)


@pytest.fixture(scope="module")
def llama() -> Any:
    return made("llama")


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("bert")
    save_tiny(tiny_model("bert"), path)
    return path


def copied(folder: Path, to: Path) -> Path:
    for file in folder.iterdir():
        (to / file.name).write_bytes(file.read_bytes())
    return to


@pytest.mark.parametrize(
    ("kind", "parts"),
    [("bert", ["encoder_self"]), ("gpt2", ["decoder_self"]), ("t5", ["encoder_self", "decoder_self", "cross"])],
)
def test_each_kind_fills_its_own_parts(kind: str, parts: list[str]) -> None:
    trace = attnviz.trace(made(kind), TEXT)
    assert [part for part in ("encoder_self", "decoder_self", "cross") if getattr(trace, part)] == parts
    n_words = 4
    for part in ("encoder_self", "decoder_self")[: len(parts)]:
        if part in parts and kind != "t5":
            assert trace.by_word(part).shape == (3, 4, n_words, n_words)
    assert trace.words == ("the", "cat", "sat", ".")


@pytest.mark.parametrize("kind", ["bert", "gpt2", "llama", "qwen3", "gemma2", "t5"])
def test_the_script_checks_every_step_of_other_models_too(kind: str, tmp_path: Path) -> None:
    trace = attnviz.trace(made(kind), TEXT, "a mat" if kind == "t5" else None)
    for part in ("encoder_self", "decoder_self", "cross"):
        if not getattr(trace, part):
            continue
        slugs = [step.slug for step in steps_of(trace, part, 1)]
        assert slugs[0] == "vectors" and slugs[-1] == "add_norm"
        assert ("rotate" in slugs) == (kind in ("llama", "qwen3", "gemma2"))
        assert ("softcap" in slugs) == (kind == "gemma2")
        assert ("bias" in slugs) == (kind == "t5" and part != "cross")
        for slug in slugs:
            assert r"\live{" in step_record(trace, part, 1, 2, slug).formula
        where = tmp_path / part
        zipfile.ZipFile(io.BytesIO(check_zip(trace, part, 1, 2))).extractall(where)
        script = where / "attnviz-check" / "check.py"
        done = subprocess.run([sys.executable, str(script)], capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.parametrize(
    ("kind", "steps"),
    [("bert", 9), ("llama", 10), ("gemma2", 11), ("t5", 10), ("deepseek_v3", 9), ("bloom", 1)],
)
def test_every_model_can_be_shown_with_the_steps_that_are_known(kind: str, steps: int) -> None:
    trace = attnviz.trace(made(kind), TEXT)
    for view in ("heads", "lines", "steps"):
        html = attnviz.show(trace, view, layer=1, head=2)._repr_html_()
        assert "<script>" in html and kind in html
    part: Part = "decoder_self" if trace.decoder_self else "encoder_self"
    assert len(steps_of(trace, part, 1)) == steps and check_zip(trace, part, 1, 2)


def test_a_part_that_the_model_does_not_have_is_told(llama: Any) -> None:
    trace = attnviz.trace(llama, TEXT)
    with pytest.raises(ValueError, match="llama has no cross to show"):
        trace.by_word("cross")
    with pytest.raises(ValueError, match="part must be one of decoder_self, not 'cross'"):
        attnviz.show(trace, part="cross")


def test_every_head_of_grouped_queries_has_its_key(llama: Any) -> None:
    (call, *_) = attnviz.trace(llama, TEXT).decoder_self
    assert call.key.shape == call.query.shape == call.value.shape and call.W_K.shape == call.W_Q.shape
    assert np.array_equal(call.key[0], call.key[1]) and not np.array_equal(call.key[1], call.key[2])
    assert call.shared_by == 2 and call.projections.W_K.shape[0] == 2
    assert not call.query.flags.writeable and not call.W_Q.flags.writeable


def test_the_weights_in_the_record_are_the_models_own_memory(llama: Any) -> None:
    call = attnviz.trace(llama, TEXT).decoder_self[0]
    own = llama.network.layers[0].self_attn.q_proj.weight
    assert np.shares_memory(call.projections.W_Q, own.detach().numpy())


def test_a_tokenizer_that_tells_no_places_is_aligned_by_what_its_tokens_spell() -> None:
    model = attnviz.wrap_hf(tiny_model("t5", vocab_size=384), ByT5Tokenizer(), "byt5")
    trace = attnviz.trace(model, "It didn't  go 가!", "ja 나")
    assert trace.words == ("It", "didn't", "go", "가", "!") and trace.target_words == ("ja", "나")
    assert trace.tokens[-6:] == ("␣", "<EA>", "<B0>", "<80>", "!", "</s>")
    assert trace.word_of[-6:] == (3, 3, 3, 3, 4, None) and trace.word_of[:4] == (0, 0, 1, 1)
    assert trace.target_word_of == (None, 0, 0, 1, 1, 1, 1) and "words" not in trace.missing


def test_windows_differ_from_layer_to_layer() -> None:
    first, second, _ = attnviz.trace(made("gemma3_text"), "abcdefghij").decoder_self
    masks = {int(call.mask.sum()) for call in (first, second)}
    calls = attnviz.trace(made("modernbert"), "abcdefghij").encoder_self
    assert len({int(call.mask.sum()) for call in calls}) == 2 or len(masks) == 2


def test_an_encoder_decoder_writes_greedily_and_its_own_text_comes_back() -> None:
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(1)
        network = AutoModelForSeq2SeqLM.from_config(tiny_config("marian"))
    model: Any = attnviz.wrap_hf(network, tiny_tokenizer(), "marian")
    trace = attnviz.trace(model, TEXT)
    assert len(trace.target_tokens) == 64 and trace.target  # it never ends, and has 64 places
    likeliest = labels_of(model.tokenizer, trace.logits.argmax(axis=-1).tolist())
    assert trace.target_tokens[1:-1] == likeliest[:-2]  # the last is the end that its settings force
    assert attnviz.translate(model, TEXT) == trace.target and len(trace.cross) == 2
    assert len(attnviz.trace(model, TEXT, "a cat").cross[0].weights[0]) > 1


def test_the_twin_has_the_shape_and_other_numbers_the_same_every_time(llama: Any) -> None:
    twins = [attnviz.load_control(llama) for _ in range(2)]
    own, *others = (attnviz.trace(one, TEXT).decoder_self[0] for one in (llama, *twins))
    assert others[0].W_Q.shape == own.W_Q.shape and not np.allclose(others[0].W_Q, own.W_Q)
    assert np.array_equal(others[0].weights, others[1].weights)


def test_eight_threads_through_one_model_mix_nothing(llama: Any) -> None:
    texts = [f"{chr(97 + index) * 3} cat {'x' * index}" for index in range(8)]
    alone = [attnviz.trace(llama, text).decoder_self for text in texts]
    wrong: list[str] = []

    def work(index: int) -> None:
        for _ in range(6):
            calls = attnviz.trace(llama, texts[index]).decoder_self
            same = all(np.array_equal(a.weights, b.weights) for a, b in zip(calls, alone[index], strict=True))
            wrong.extend([] if same else [texts[index]])

    threads = [threading.Thread(target=work, args=(index,)) for index in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not wrong and _RECORDER.get() is None


def test_nothing_is_left_on_the_model(llama: Any) -> None:
    def tensors() -> dict[str, int]:
        return {
            name: sum(isinstance(value, torch.Tensor) for value in vars(module).values())
            for name, module in llama.network.named_modules()
        }

    before = tensors()
    attnviz.trace(llama, TEXT)
    gc.collect()
    assert tensors() == before


def test_a_folder_without_internet(folder: Path) -> None:
    model: Any = attnviz.load_model(f"hf:{folder}")
    assert model.tier == "full" and len(attnviz.trace(model, TEXT).encoder_self) == 3
    twin = attnviz.load_control(f"hf:{folder}")
    assert attnviz.trace(twin, TEXT).encoder_self[0].W_Q.shape == (4, 32, 8)


@pytest.mark.parametrize("name", ["hf:../../etc/passwd", "hf:/etc/passwd", "hf:no/such/folder", "hf:", "hf:a b"])
def test_a_path_that_is_no_folder_is_never_opened(name: str) -> None:
    with pytest.raises(ModelError, match="there is no such folder") as refused:
        attnviz.load_model(name)
    assert "\n" not in str(refused.value) and "root:" not in str(refused.value)


def test_offline_is_told_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HF_HUB_OFFLINE", "1")
    with pytest.raises(ModelError, match="isn't on this machine") as refused:
        attnviz.load_model("hf:nobody/nothing")
    assert "\n" not in str(refused.value)


def test_a_cut_file(folder: Path, tmp_path: Path) -> None:
    weights = copied(folder, tmp_path) / "model.safetensors"
    weights.write_bytes(weights.read_bytes()[:5000])
    with pytest.raises(ModelError, match="cut short or broken; fetch it again"):
        attnviz.load_model(f"hf:{tmp_path}")


def test_missing_tensors_are_not_made_up(folder: Path, tmp_path: Path) -> None:
    weights = copied(folder, tmp_path) / "model.safetensors"
    kept = {name: tensor for name, tensor in load_file(weights).items() if "layer.1.attention" not in name}
    save_file(kept, weights, metadata={"format": "pt"})
    with pytest.raises(ModelError, match=r"lacks \d+ of the model's tensors"):
        attnviz.load_model(f"hf:{tmp_path}")


def test_only_safetensors(folder: Path, tmp_path: Path) -> None:
    (copied(folder, tmp_path) / "model.safetensors").rename(tmp_path / "pytorch_model.bin")
    with pytest.raises(ModelError, match="only in pytorch_model.bin; .* can run code"):
        attnviz.load_model(f"hf:{tmp_path}")


def test_code_of_others_never_runs_and_nothing_is_asked(
    folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    config = json.loads((copied(folder, tmp_path) / "config.json").read_text())
    config |= {"model_type": "evil", "auto_map": {"AutoConfig": "evil.Evil", "AutoModel": "evil.Evil"}}
    (tmp_path / "config.json").write_text(json.dumps(config))
    (tmp_path / "evil.py").write_text(f"open({str(tmp_path / 'ran')!r}, 'w')")
    monkeypatch.setattr("builtins.input", lambda *_: pytest.fail("asked on stdin"))
    with pytest.raises(ModelError, match="code of others is never run"):
        attnviz.load_model(f"hf:{tmp_path}")
    assert not (tmp_path / "ran").exists()


def test_half_precision_and_no_attention_are_refused() -> None:
    with pytest.raises(ModelError, match=r"bfloat16.*model\.float\(\)"):
        attnviz.wrap_hf(tiny_model("bert").to(torch.bfloat16), tiny_tokenizer())
    with pytest.raises(ModelError, match="no softmax attention"):
        attnviz.wrap_hf(tiny_model("mamba"), tiny_tokenizer(), "mamba")
    with pytest.raises(ModelError, match="no model of transformers"):
        attnviz.wrap_hf("gpt2", tiny_tokenizer())


@pytest.mark.parametrize(
    ("forgotten", "kind", "noticed"),
    [
        ("softcap", "gemma2", "weights differ"),
        ("s_aux", "gpt_oss", "not the weights of a softmax"),  # nor do eager's rows sum to 1 then
        ("position_bias", "t5", "weights differ"),
    ],
)
def test_a_formula_that_we_do_not_know_is_noticed_at_load(
    forgotten: str, kind: str, noticed: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    from attnviz.hf import recording, verify

    own = recording.called

    def deaf(*args: Any, **options: Any) -> Any:
        return own(*args, **{name: value for name, value in options.items() if name != forgotten})

    monkeypatch.setattr(recording, "called", deaf)
    monkeypatch.setattr(verify, "called", deaf)
    try:
        model: Any = made(kind)
    except ModelError as refused:
        assert noticed in str(refused)
    else:
        assert model.tier == "weights only" and noticed in model.reason


def test_nothing_to_read_and_words_that_hold_spaces(llama: Any) -> None:
    with pytest.raises(EmptyTextError):
        attnviz.trace(llama, "  ")
    with pytest.raises(ValueError, match="word 1"):
        attnviz.trace(llama, ["a", "b c"])
    assert attnviz.trace(llama, ["didn't", "go"]).words == ("didn't", "go")
    assert attnviz.trace(llama, "x" * 300).n_dropped == 300 - 64


def test_without_the_extra_everything_else_works_and_hf_names_the_command() -> None:
    code = """
import sys
class Blocker:
    def find_spec(self, name, *rest):
        if name.split(".")[0] in ("transformers", "gguf", "sentencepiece"):
            raise ModuleNotFoundError(name)
sys.meta_path.insert(0, Blocker())
import importlib.util as u
import attnviz, attnviz.api
own = u.find_spec
attnviz.api.find_spec = lambda name: None if name == "transformers" else own(name)
from streamlit.testing.v1 import AppTest
assert not AppTest.from_file("app.py", default_timeout=120).run().exception
try:
    attnviz.load_model("hf:bert")
except attnviz.ModelError as error:
    assert "pip install -r requirements-hf.txt" in str(error), error
else:
    raise SystemExit("no refusal")
assert "transformers" not in sys.modules
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False, cwd=Path.cwd())
    assert done.returncode == 0, done.stderr[-2000:]


def test_what_is_kept_quiet_in_one_thread_is_said_in_another() -> None:
    said = io.StringIO()
    handler = logging.StreamHandler(said)
    logger = logging.getLogger("transformers")
    logger.addHandler(handler)
    logger.setLevel(logging.WARNING)  # the fixture puts it back
    try:
        with quiet():
            logger.warning("of a model that is tried")
            other = threading.Thread(target=logger.warning, args=("of another thread",))
            other.start()
            other.join()
        logger.warning("afterwards")
    finally:
        logger.removeHandler(handler)
    assert said.getvalue().splitlines() == ["of another thread", "afterwards"]
