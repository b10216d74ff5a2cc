import { type Complex, complexDiv, type Tensor } from "../core/tensor/index.ts";
import type { Discretization } from "./convolution-kernel.ts";

/** One step of a diagonal system: the state is multiplied by exp(rate), input by `input`. */
export interface Step {
  readonly rate: Complex;
  readonly input: Complex;
}

/** Eigenvalues and lengths of a step of one shape (or broadcast to one) to factors of a step. */
export function discretize(eigenvalues: Complex, step: Tensor, kind: Discretization): Step {
  const z = { re: eigenvalues.re.mul(step), im: eigenvalues.im.mul(step) };
  if (kind === "bilinear") {
    const one = z.re.mul(0.5);
    const y = z.im.mul(0.5);
    const below = { re: one.neg().add(1), im: y.neg() };
    const above = { re: one.add(1), im: y };
    const factor = complexDiv(above, below);
    const size = factor.re.square().add(factor.im.square()).maximum(1e-30);
    // The angle from that with the nearer half of the real axis: no quotient of two zeros for negative factors.
    const near = factor.im.div(size.sqrt().add(factor.re.abs())).atan().mul(2);
    const flat = factor.im.greaterEqual(0).where(near.full([], Math.PI), -Math.PI);
    const angle = factor.re.greaterEqual(0).where(near, flat.sub(near));
    return {
      rate: { re: size.log().mul(0.5), im: angle },
      input: complexDiv({ re: step, im: step.zerosLike() }, below),
    };
  }
  // exp(z) - 1 without cancellation, over the eigenvalue.
  const growth = z.re.expm1();
  const half = z.im.mul(0.5).sin().square().mul(2);
  const risen = { re: growth.mul(z.im.cos()).sub(half), im: growth.add(1).mul(z.im.sin()) };
  return { rate: z, input: complexDiv(risen, eigenvalues) };
}
