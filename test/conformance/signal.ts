import { vector } from "./inputs.ts";
import { kernel, type Method, type Registration } from "./registration.ts";

const real = () => Float64Array.of(1, -2, 3, 0.5);
const complex = () => ({ re: real(), im: Float64Array.of(0, 1, -1, 2) });

/**
 * A transform of a signal of any length: one sample more or fewer is as good. Values are not looked at: the
 * transform of NaN is NaN.
 */
const transform = (args: Method["args"]): Method => ({
  ...kernel(args),
  options: true,
  accepts: { x: ["shape", "empty"] },
});

/** A transform over several axes; without axes it is the signal itself. */
const shaped = (x: () => unknown): Method => ({
  ...kernel(() => ({ x: x(), shape: [2, 2], options: { axes: [0, 1] } })),
  options: true,
  invalid: { axes: [[2], [0.5]] },
});

export const registration: Registration = {
  methods: {
    dct: transform(() => ({ x: real() })),
    idct: transform(() => ({ x: real() })),
    dst: transform(() => ({ x: real() })),
    idst: transform(() => ({ x: real() })),
    fft: transform(() => ({ x: real() })),
    ifft: transform(() => ({ x: complex() })),
    rfft: transform(() => ({ x: real() })),
    irfft: transform(() => ({ x: { re: vector(), im: Float64Array.of(0, 1, 0) }, n: 4 })),
    fftn: shaped(real),
    ifftn: shaped(complex),
    rfftn: shaped(real),
    irfftn: shaped(() => ({ re: real(), im: Float64Array.of(0, 1, -1, 2) })),
    fftConvolve: {
      ...kernel(() => ({ a: real(), b: vector() })),
      accepts: { a: ["shape"], b: ["shape"] },
    },
    fftFrequencies: { args: () => ({ n: 4, spacing: 0.5 }) },
    rfftFrequencies: { args: () => ({ n: 4, spacing: 0.5 }) },
    fftShift: kernel(() => ({ x: real(), shape: [2, 2] })),
    ifftShift: kernel(() => ({ x: real(), shape: [2, 2] })),
    nextFastLength: { args: () => ({ minimum: 11 }) },
  },
  notMethods: {
    "a plan with workspaces of its own; its transforms are tested beside it": ["fftPlan"],
  },
};
