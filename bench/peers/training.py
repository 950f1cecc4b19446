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


def product_rate(torch, m, k, n):
    """GFLOP/s of one product of matrices: the best of eight."""
    a, b, target = torch.full((m, k), 0.5), torch.full((k, n), 0.5), torch.empty(m, n)
    seconds = []
    for _ in range(8):
        start = time.perf_counter()
        torch.mm(a, b, out=target)
        seconds.append(time.perf_counter() - start)
    return 2 * m * k * n / min(seconds) / 1e9


def count_flops(torch, model, loss_of):
    """Floating-point operations of the forward products, all layers computed: of all, and of one layer."""
    from torch.utils.flop_counter import FlopCounterMode

    layerdrop, model.config.layerdrop = model.config.layerdrop, 0.0
    with FlopCounterMode(display=False) as counter, torch.no_grad():
        loss_of()
    model.config.layerdrop = layerdrop
    counts = counter.get_flop_counts()
    layer = next(sum(ops.values()) for name, ops in counts.items() if name.endswith("encoder.layers.0"))
    return counter.get_total_flops(), layer


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
    forward = torch.compile(model) if setup.get("compile") else model

    # Layerdrop skips some; hooks would break torch.compile's graph.
    computed, steps = [], [0]
    layers = model.wav2vec2.encoder.layers
    hooked = not setup.get("compile")
    for layer in layers if hooked else ():
        layer.register_forward_hook(lambda *_: computed.append(1))

    def compute(inputs):
        forward(inputs, labels=labels).loss.backward()
        torch.nn.utils.clip_grad_norm_(trained, 1.0)
        optimizer.step()
        optimizer.zero_grad()
        steps[0] += 1

    def summary():
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024
        if setup.get("freeze"):
            return {"ms": 0, "peak": peak}
        skipped = len(layers) - sum(computed) / steps[0] if hooked else config.layerdrop * len(layers)
        whole, layer = count_flops(torch, model, lambda: model(inputs, labels=labels).loss)
        # As many for the gradients of weights, and for those of activations.
        once = whole - skipped * layer
        return {"ms": 0, "peak": peak, "flops": dict.fromkeys(("forward", "weights", "activations"), once)}

    def work(request):
        if "product" in request:
            return {"ms": 0, "gflops": product_rate(torch, *request["product"])}
        if request.get("summary"):
            return summary()
        # Clips of another length, where one is asked for.
        clips = torch.randn(setup["clips"], request["samples"]) if "samples" in request else inputs
        start, before = time.perf_counter(), resource.getrusage(resource.RUSAGE_SELF)
        compute(clips)
        seconds, after = time.perf_counter() - start, resource.getrusage(resource.RUSAGE_SELF)
        system = after.ru_stime - before.ru_stime
        return {
            "ms": seconds * 1000,
            "cpu": (after.ru_utime - before.ru_utime + system) * 1000,
            "system": system * 1000,
            "faults": after.ru_minflt - before.ru_minflt,
        }

    return {"torch": torch.__version__, "transformers": transformers.__version__}, work


if __name__ == "__main__":
    serve(prepare)
