"""A training step of transformers' Wav2Vec2ForSequenceClassification in PyTorch on the CPU."""

import resource
import time

from serve import serve


def freeze(base, layers):
    """Freezes the lowest layers and all below them: no gradients, and nothing random."""
    base.requires_grad_(False)
    base.eval()
    for layer in base.encoder.layers[layers:]:
        layer.requires_grad_(True)
        layer.train()


def prepare(setup):
    import torch
    import transformers

    torch.set_num_threads(setup["threads"])
    torch.manual_seed(42)
    config = transformers.Wav2Vec2Config(**setup["config"])
    model = transformers.Wav2Vec2ForSequenceClassification(config)
    inputs = torch.randn(setup["clips"], setup["samples"])
    labels = torch.arange(setup["clips"]) % config.num_labels

    model.train()
    if setup.get("freeze"):
        model.freeze_feature_encoder()
    if "layers" in setup:
        freeze(model.wav2vec2, setup["layers"])
    trained = [parameter for parameter in model.parameters() if parameter.requires_grad]
    optimizer = torch.optim.AdamW(trained, lr=3e-5, weight_decay=0.0, fused=True)

    def compute(inputs):
        model(inputs, labels=labels).loss.backward()
        torch.nn.utils.clip_grad_norm_(trained, 1.0)
        optimizer.step()
        optimizer.zero_grad()

    def work(request):
        if request.get("memory"):
            return {"ms": 0, "rss": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024}
        # Clips of another length, where one is asked for.
        clips = torch.randn(setup["clips"], request["samples"]) if "samples" in request else inputs
        start, cpu = time.perf_counter(), time.process_time()
        compute(clips)
        return {"ms": (time.perf_counter() - start) * 1000, "cpu": (time.process_time() - cpu) * 1000}

    return {"torch": torch.__version__, "transformers": transformers.__version__}, work


if __name__ == "__main__":
    serve(prepare)
