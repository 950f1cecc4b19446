"""transformers' pipeline behind FastAPI and uvicorn, as `etude serve` is: POST /classify takes a WAV file.

python http_server.py MODEL PORT THREADS
"""

import io
import sys
import threading


def main(model, port, threads):
    import soundfile
    import torch
    import transformers
    import uvicorn
    from fastapi import FastAPI, Request
    from fastapi.concurrency import run_in_threadpool

    torch.set_num_threads(threads)
    classify = transformers.pipeline("audio-classification", model=model)
    # Computations side by side on the same cores are slower than one after the other.
    turn = threading.Lock()

    def scores(body):
        # Faster than what the pipeline does with bytes: a process of ffmpeg for each.
        samples, rate = soundfile.read(io.BytesIO(body), dtype="float32")
        with turn, torch.inference_mode():
            return classify({"raw": samples, "sampling_rate": rate})

    app = FastAPI()

    @app.get("/health")
    def health():
        return {"torch": torch.__version__, "transformers": transformers.__version__}

    @app.post("/classify")
    async def answer(request: Request):
        return await run_in_threadpool(scores, await request.body())

    uvicorn.run(app, host="127.0.0.1", port=port, log_level="warning")


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]), int(sys.argv[3]))
