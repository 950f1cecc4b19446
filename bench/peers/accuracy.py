"""Trainings of transformers' Trainer, with PEFT where asked for, on the clips and with the parameters of a recipe."""

import io
import tempfile
import time
from pathlib import Path

from serve import serve

RATE = 16_000


def read(path, datasets):
    """A Parquet file of the sample, its audio as bytes. Nothing is left in the cache of the user."""
    with tempfile.TemporaryDirectory() as cache:
        rows = datasets.Dataset.from_parquet(str(path), cache_dir=cache, keep_in_memory=True)
    return rows.cast_column("audio", datasets.Audio(decode=False))


def still(module):
    """Frozen, and in evaluation mode even when the Trainer puts the model into training mode."""
    module.requires_grad_(False)
    module.eval()
    module.train = lambda mode=True: module


def freeze(base, layers, dropout):
    """Freezes the lowest layers and all below; without dropout, nothing random happens there either."""
    parts = [base.feature_extractor, base.feature_projection, base.encoder.pos_conv_embed]
    parts += base.encoder.layers[:layers]
    if not base.config.do_stable_layer_norm:
        parts.append(base.encoder.layer_norm)
    base.masked_spec_embed.requires_grad_(False)
    if dropout:
        for part in parts:
            part.requires_grad_(False)
        return
    for part in [*parts, base.encoder.dropout]:
        still(part)
    base.config.apply_spec_augment = False


def prepare(setup):
    import datasets
    import numpy
    import peft
    import soundfile
    import soxr
    import torch
    import transformers

    torch.set_num_threads(setup["threads"])
    extractor = transformers.AutoFeatureExtractor.from_pretrained(setup["checkpoint"])

    def preprocess(row):
        samples, rate = soundfile.read(io.BytesIO(row["audio"]["bytes"]), dtype="float32")
        samples = soxr.resample(samples, rate, RATE, "HQ")
        given = dict(sampling_rate=RATE, max_length=setup["max_length"], truncation=True)
        return {"input_values": extractor(samples, **given)["input_values"][0], "label": row["intent_class"]}

    files = {path.stem: path for path in sorted(Path(setup["data"]).glob("*.parquet"))}
    splits = {name: read(path, datasets) for name, path in files.items()}
    names = splits["train"].features["intent_class"].names
    splits |= splits["train"].train_test_split(test_size=setup["test_size"], seed=setup["split_seed"])
    splits = {
        name: rows.map(preprocess, remove_columns=rows.column_names, keep_in_memory=True) for name, rows in splits.items()
    }

    def load(params, dropout):
        transformers.set_seed(params["seed"])
        labels = dict(label2id={name: i for i, name in enumerate(names)}, id2label=dict(enumerate(names)))
        model = transformers.AutoModelForAudioClassification.from_pretrained(
            setup["checkpoint"], num_labels=len(names), **labels
        )
        if params["freeze_feature_encoder"]:
            model.freeze_feature_encoder()
        if params["freeze_layers"] > 0:
            freeze(model.base_model, params["freeze_layers"], dropout)
        if "peft" in params:
            model = peft.get_peft_model(model, peft.LoraConfig(**params["peft"]))
        return model

    def accuracy(prediction):
        return {"accuracy": float((prediction.predictions.argmax(-1) == prediction.label_ids).mean())}

    def work(request):
        params = request["params"]
        start = time.perf_counter()
        with tempfile.TemporaryDirectory() as folder:
            same = [
                "learning_rate", "num_train_epochs", "per_device_train_batch_size", "per_device_eval_batch_size",
                "label_smoothing_factor", "weight_decay", "max_grad_norm", "lr_scheduler_type", "seed",
            ]  # fmt: skip
            arguments = transformers.TrainingArguments(
                output_dir=folder,
                **{name: params[name] for name in same},
                # A fraction below 1 is what warmup_ratio was.
                warmup_steps=params["warmup_steps"] or params["warmup_ratio"],
                save_strategy="no",
                report_to="none",
                use_cpu=True,
                disable_tqdm=True,
                label_names=["labels"],
            )
            model = load(params, request["dropout"])
            trainer = transformers.Trainer(
                model=model,
                args=arguments,
                train_dataset=splits["train"],
                processing_class=extractor,
                compute_metrics=accuracy,
            )
            trainer.train()
            scores = {name: trainer.evaluate(splits[name])["eval_accuracy"] for name in request["splits"]}
        trained = sum(parameter.numel() for parameter in model.parameters() if parameter.requires_grad)
        return {"ms": (time.perf_counter() - start) * 1000, "scores": scores, "trained": trained}

    libraries = [torch, transformers, peft, datasets, numpy, soundfile, soxr]
    versions = {library.__name__: library.__version__ for library in libraries}
    return {"versions": versions, "rows": {name: len(rows) for name, rows in splits.items()}}, work


if __name__ == "__main__":
    serve(prepare)
