/** ITU-T G.711 mu-law: the sample, divided by 32768, that each byte stands for. */
export const MU_LAW: Float32Array = Float32Array.from({ length: 256 }, (_, byte) => {
  const code = ~byte & 0xff;
  const exponent = (code >> 4) & 7;
  const magnitude = ((((code & 15) << 3) + 132) << exponent) - 132;
  return ((code & 0x80) === 0 ? magnitude : 0 - magnitude) / 32768;
});

/** ITU-T G.711 A-law: the sample, divided by 32768, that each byte stands for. */
export const A_LAW: Float32Array = Float32Array.from({ length: 256 }, (_, byte) => {
  const code = byte ^ 0x55;
  const exponent = (code >> 4) & 7;
  const mantissa = ((code & 15) << 4) + 8;
  const magnitude = exponent === 0 ? mantissa : (mantissa + 256) << (exponent - 1);
  return ((code & 0x80) === 0 ? 0 - magnitude : magnitude) / 32768;
});
