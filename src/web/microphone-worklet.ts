/** Runs where the browser processes sound: passes on what the microphone hears, mixed to mono. */

/** Samples per message: some 20 ms. */
const BLOCK = 1024;

declare const registerProcessor: (name: string, processor: unknown) => void;
declare const AudioWorkletProcessor: { new (): { readonly port: MessagePort } };

class MicrophoneProcessor extends AudioWorkletProcessor {
  #block = new Float32Array(BLOCK);
  #filled = 0;

  process([channels = []]: Float32Array[][]): boolean {
    const { length } = channels[0] ?? [];
    for (let at = 0; at < length; at += 1) {
      let sum = 0;
      for (const channel of channels) sum += channel[at]!;
      this.#block[this.#filled] = sum / channels.length;
      this.#filled += 1;
      if (this.#filled < BLOCK) continue;
      this.port.postMessage(this.#block, [this.#block.buffer]);
      this.#block = new Float32Array(BLOCK);
      this.#filled = 0;
    }
    return true;
  }
}

registerProcessor('etude-microphone', MicrophoneProcessor);
