export { type ConvolutionMode, fftConvolve } from "./convolve.ts";
export { type DctOptions, dct, dst, idct, idst } from "./dct.ts";
export {
  type FftNorm,
  type FftnOptions,
  type FftOptions,
  fft,
  fftn,
  ifft,
  ifftn,
  irfft,
  irfftn,
  rfft,
  rfftn,
} from "./fft.ts";
export { fftFrequencies, fftShift, ifftShift, rfftFrequencies } from "./frequencies.ts";
export { type ComplexArray, type FftPlan, fftPlan } from "./plan.ts";
export { nextFastLength } from "./smooth.ts";
