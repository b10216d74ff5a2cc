import { randomStream } from "ockham/random";
import { fft, fftn, rfft } from "ockham/signal";
import type { Race, Section } from "../support/race.ts";

function complexNoise(size: number) {
  const stream = randomStream(1, "bench", size);
  return { re: stream.fillNormal(new Float64Array(size)), im: stream.fillNormal(new Float64Array(size)) };
}

/** Python makes its own inputs: the time of a transform or of a generator does not depend on the values. */
function races(): readonly Race[] {
  const long = complexNoise(2 ** 20);
  const square = complexNoise(1000 * 1000);
  const small = complexNoise(256 * 256);
  const prime = complexNoise(100003);
  const normals = new Float64Array(1e7);
  const uniforms = new Float64Array(1e7);
  const stream = randomStream(1);
  const setup = `
g = np.random.Generator(np.random.Philox(1))
noise = lambda *s: g.standard_normal(s) + 1j * g.standard_normal(s)
long, square, small, prime, real = noise(2**20), noise(1000, 1000), noise(256, 256), noise(100003), g.standard_normal(2**20)`;
  return [
    { name: "complex FFT, 2^20", bar: 2.5, ours: () => fft(long), peer: "np.fft.fft(long)", setup },
    {
      name: "complex FFT, 1000 x 1000",
      bar: 2.5,
      ours: () => fftn(square, [1000, 1000]),
      peer: "np.fft.fft2(square)",
    },
    { name: "complex FFT, 256 x 256", ours: () => fftn(small, [256, 256]), peer: "np.fft.fft2(small)" },
    { name: "complex FFT, prime 100003", ours: () => fft(prime), peer: "np.fft.fft(prime)" },
    { name: "real FFT, 2^20", ours: () => rfft(long.re), peer: "np.fft.rfft(real)" },
    {
      name: "10^7 normals",
      bar: 1.5,
      ours: () => stream.fillNormal(normals),
      peer: "g.standard_normal(10**7)",
    },
    { name: "10^7 uniforms", ours: () => stream.fillUniform(uniforms), peer: "g.random(10**7)" },
  ];
}

export const section: Section = { name: "random-fft", races };
