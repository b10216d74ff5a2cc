import { requireOneOf } from "../errors.ts";
import type { Tensor } from "./tensor.ts";

/** x times the standard normal distribution function; `tanh` is the common approximation of it. */
export function gelu(x: Tensor, approximation: "none" | "tanh" = "none"): Tensor {
  requireOneOf("approximation", approximation, ["none", "tanh"]);
  if (approximation === "none") return x.mul(x.mul(Math.SQRT1_2).erf().add(1).mul(0.5));
  const inner = x.add(x.mul(x).mul(x).mul(0.044715)).mul(Math.sqrt(2 / Math.PI));
  return x.mul(inner.tanh().add(1).mul(0.5));
}

/** x sigmoid(x), also called swish. */
export function silu(x: Tensor): Tensor {
  return x.mul(x.sigmoid());
}

/** log(sigmoid(x)) without underflow. */
export function logSigmoid(x: Tensor): Tensor {
  return x.neg().softplus().neg();
}

/** x tanh(softplus(x)). */
export function mish(x: Tensor): Tensor {
  return x.mul(x.softplus().tanh());
}

export function leakyRelu(x: Tensor, slope = 0.01): Tensor {
  return x.greater(0).where(x, x.mul(slope));
}

/** x above zero, alpha (exp(x) - 1) below. */
export function elu(x: Tensor, alpha = 1): Tensor {
  return x.greater(0).where(x, x.minimum(0).expm1().mul(alpha));
}

/** Scaled `elu` whose fixed point has mean 0 and variance 1. */
export function selu(x: Tensor): Tensor {
  return elu(x, 1.6732632423543772).mul(1.0507009873554805);
}

/** `elu` with a continuous derivative for every alpha. */
export function celu(x: Tensor, alpha = 1): Tensor {
  return x.maximum(0).add(
    x
      .minimum(0)
      .mul(1 / alpha)
      .expm1()
      .mul(alpha),
  );
}

export function hardSigmoid(x: Tensor, alpha = 1 / 6, beta = 0.5): Tensor {
  return x.mul(alpha).add(beta).clamp(0, 1);
}

export function hardSwish(x: Tensor): Tensor {
  return x.mul(hardSigmoid(x));
}

/** x / (1 + |x|). */
export function softsign(x: Tensor): Tensor {
  return x.div(x.abs().add(1));
}
