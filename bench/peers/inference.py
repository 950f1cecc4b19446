"""A forward pass of transformers' Wav2Vec2ForSequenceClassification: PyTorch, torch.compile, onnxruntime, OpenVINO."""

import os
import resource
import tempfile
import time

from serve import serve


def torch_model(setup):
    import torch
    import transformers

    torch.set_num_threads(setup["threads"])
    model = transformers.Wav2Vec2ForSequenceClassification.from_pretrained(setup["checkpoint"])
    return model.eval()


def eager(setup, compiled=False):
    import torch
    import transformers

    model = torch_model(setup)
    call = torch.compile(model, dynamic=False) if compiled else model

    def compute(clips):
        with torch.inference_mode():
            return call(torch.from_numpy(clips)).logits.numpy()

    return compute, {"torch": torch.__version__, "transformers": transformers.__version__}


def export(setup, folder):
    """The model as PyTorch exports it, with any number of clips of any length."""
    import torch

    path = os.path.join(folder, "model.onnx")
    model = torch_model(setup)
    torch.onnx.export(
        model,
        (torch.randn(2, setup["samples"]),),
        path,
        input_names=["input_values"],
        output_names=["logits"],
        dynamic_axes={"input_values": {0: "batch", 1: "samples"}},
        dynamo=setup.get("dynamo", False),
    )
    return path


def onnxruntime(setup, folder):
    import onnxruntime as ort

    options = ort.SessionOptions()
    options.intra_op_num_threads = setup["threads"]
    path = setup.get("onnx") or export(setup, folder)
    session = ort.InferenceSession(path, options, providers=["CPUExecutionProvider"])
    return lambda clips: session.run(["logits"], {"input_values": clips})[0], {"onnxruntime": ort.__version__}


def openvino(setup, folder):
    import openvino as ov

    path = setup.get("onnx") or export(setup, folder)
    hints = {"INFERENCE_NUM_THREADS": setup["threads"], "INFERENCE_PRECISION_HINT": "f32", "PERFORMANCE_HINT": "LATENCY"}
    model = ov.Core().compile_model(path, "CPU", hints)
    return lambda clips: model([clips])[0], {"openvino": ov.__version__}


def prepare(setup):
    import numpy as np

    kind = setup["kind"]
    with tempfile.TemporaryDirectory() as folder:
        if kind == "export":
            compute, about = None, {"onnx": export(setup, setup["folder"])}
        elif kind in ("eager", "compile"):
            compute, about = eager(setup, compiled=kind == "compile")
        else:
            compute, about = {"onnxruntime": onnxruntime, "openvino": openvino}[kind](setup, folder)
    clips = np.fromfile(setup["clips_file"], dtype=np.float32).reshape(-1, setup["samples"])

    def work(request):
        if request.get("memory"):
            return {"ms": 0, "rss": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024}
        some = clips[: request["clips"]]
        start, cpu = time.perf_counter(), time.process_time()
        logits = compute(some)
        took = {"ms": (time.perf_counter() - start) * 1000, "cpu": (time.process_time() - cpu) * 1000}
        return {**took, "logits": [float(each) for each in logits.ravel()]}

    return about, work


if __name__ == "__main__":
    serve(prepare)
