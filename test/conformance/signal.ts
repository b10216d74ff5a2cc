import { kernel, type Method, type Registration } from "./registration.ts";

const real = () => Float64Array.of(1, -2, 3, 0.5, 4, -1);
const complex = () => ({ re: real(), im: Float64Array.of(0, 1, 2, -1, 3, 1) });
const norms = { invalid: { norm: ["none"] } };
const norms2 = { invalid: { norm: ["none"], axes: [[2], [0, -2]] } };
/** Vectors of any length will do. */
const anyLength = (args: Method["args"], ...names: readonly string[]): Method => ({
  ...kernel(args),
  accepts: Object.fromEntries(names.map((name) => [name, ["shape"]])),
});
const trigonometric: Method = {
  ...kernel(() => ({ x: real(), options: { shape: [2, 3] } })),
  invalid: { type: [4, "2"], norm: ["forward"], axes: [[2], [0, 0]] },
};

export const registration: Registration = {
  methods: {
    dct: trigonometric,
    dst: trigonometric,
    fft: { ...kernel(() => ({ x: complex() })), ...norms },
    fftConvolve: anyLength(() => ({ a: real(), b: real().slice(0, 3) }), "a", "b"),
    fftFrequencies: { args: () => ({ n: 5, spacing: 0.1 }) },
    fftShift: kernel(() => ({ x: real(), shape: [2, 3] })),
    fftn: { ...kernel(() => ({ x: real(), shape: [2, 3] })), ...norms2 },
    idct: trigonometric,
    idst: trigonometric,
    ifft: { ...kernel(() => ({ x: complex() })), ...norms },
    ifftShift: kernel(() => ({ x: real(), shape: [2, 3] })),
    ifftn: { ...kernel(() => ({ x: complex(), shape: [2, 3] })), ...norms2 },
    irfft: { ...kernel(() => ({ x: complex(), n: 10 })), ...norms },
    irfftn: {
      ...kernel(() => ({ x: complex(), shape: [2, 4] })),
      invalid: { norm: ["none"], axes: [[2], [0]] },
    },
    nextFastLength: { args: () => ({ minimum: 7 }) },
    rfft: { ...anyLength(() => ({ x: real() }), "x"), ...norms },
    rfftFrequencies: { args: () => ({ n: 5, spacing: 0.1 }) },
    rfftn: { ...kernel(() => ({ x: real(), shape: [2, 3] })), invalid: { norm: ["none"], axes: [[2], [0]] } },
  },
  notMethods: {
    "prepares a transform: an object of functions that work in place, tested beside it": ["fftPlan"],
  },
};
