import { celu, elu, gelu, hardSigmoid, hardSwish, leakyRelu, mish, softsign } from "../../activations.ts";
import type { Tensor } from "../../tensor.ts";
import { isFloat } from "../../type.ts";
import { type Call, floating, type Operator, type OperatorTable, wide, widened } from "../call.ts";

/** An operator of one input, computed in a type that has arithmetic. */
function unary(compute: (x: Tensor, call: Call) => Tensor): Operator {
  return (call) => widened([call.x(0)], (x) => compute(x, call));
}

/** Two inputs of one element type. */
function binary(compute: (a: Tensor, b: Tensor, call: Call) => Tensor): Operator {
  return (call) => widened([call.x(0), call.x(1)], (a, b) => compute(a, b, call));
}

/** Any number of inputs, folded from the left. */
function nary(compute: (a: Tensor, b: Tensor) => Tensor): Operator {
  return (call) => widened(call.all(), (...tensors) => tensors.reduce(compute));
}

function comparison(compute: (a: Tensor, b: Tensor) => Tensor): Operator {
  return (call) => compute(wide(call.x(0)), wide(call.x(1)));
}

/** Truth of two masks; any of them may be of whole numbers in old models. */
function logical(compute: (a: Tensor, b: Tensor) => Tensor): Operator {
  return (call) => compute(call.x(0).cast("bool"), call.x(1).cast("bool"));
}

const truncatedQuotient = (a: Tensor, b: Tensor): Tensor => a.div(b);

/** Remainder with the sign of the dividend, as in C. */
function truncatedRemainder(a: Tensor, b: Tensor): Tensor {
  if (!isFloat(a.dtype)) return a.sub(truncatedQuotient(a, b).mul(b));
  const quotient = a.div(b);
  const whole = quotient.less(0).where(quotient.ceil(), quotient.floor());
  return a.sub(whole.mul(b));
}

function pow(call: Call): Tensor {
  const [x, y] = [call.x(0), call.x(1)];
  if (isFloat(x.dtype)) return widened([x, y], (a, b) => a.pow(b.cast(a.dtype)));
  return x.cast("float64").pow(y.cast("float64")).round().cast(x.dtype);
}

function clip(call: Call): Tensor {
  const x = call.x(0);
  const low = call.optional(1);
  const high = call.optional(2);
  return widened([x], (value) => {
    let result = value;
    const minimum = low?.cast(value.dtype) ?? call.attributes.optionalFloat("min");
    const maximum = high?.cast(value.dtype) ?? call.attributes.optionalFloat("max");
    if (minimum !== undefined) result = result.maximum(minimum);
    return maximum === undefined ? result : result.minimum(maximum);
  });
}

const alphaOf = (call: Call, fallback: number): number => call.attributes.float("alpha", fallback);

function shift(call: Call): Tensor {
  const [x, by] = [call.x(0), call.x(1)];
  const factor = by.uniformValue() === undefined ? by.cast("float64").mul(Math.LN2).exp().round() : undefined;
  const scale = factor ?? by.full([], 2 ** by.uniformValue()!).cast("float64");
  // Exact below 2^53: powers of two only move the exponent.
  const value = x.cast("float64");
  if (call.attributes.text("direction", "") === "RIGHT")
    return value.div(scale).floor().cast("int64").cast(x.dtype);
  return value.mul(scale).cast("int64").cast(x.dtype);
}

/** or = a + b - and, not = -1 - a: two's complement needs no more than `and`. */
function bitwise(compute: (a: Tensor, b: Tensor) => Tensor): Operator {
  return binary(compute);
}

function isInf(call: Call): Tensor {
  const x = floating(call.x(0));
  const up = call.attributes.int("detect_positive", 1) !== 0;
  const down = call.attributes.int("detect_negative", 1) !== 0;
  const above = x.equal(x.full([], Number.POSITIVE_INFINITY));
  const below = x.equal(x.full([], Number.NEGATIVE_INFINITY));
  if (up && down) return above.or(below);
  if (up) return above;
  return down ? below : above.and(above.not());
}

export const elementwise: OperatorTable = {
  Identity: (call) => call.value(0),
  Abs: unary((x) => x.abs()),
  Neg: unary((x) => x.neg()),
  Sign: unary((x) => x.sign()),
  Floor: unary((x) => x.floor()),
  Ceil: unary((x) => x.ceil()),
  Round: unary((x) => x.round()),
  Exp: unary((x) => x.exp()),
  Log: unary((x) => x.log()),
  Sqrt: unary((x) => x.sqrt()),
  Reciprocal: unary((x) => x.reciprocal()),
  Sin: unary((x) => x.sin()),
  Cos: unary((x) => x.cos()),
  Tan: unary((x) => x.tan()),
  Asin: unary((x) => x.asin()),
  Acos: unary((x) => x.acos()),
  Atan: unary((x) => x.atan()),
  Sinh: unary((x) => x.sinh()),
  Cosh: unary((x) => x.cosh()),
  Tanh: unary((x) => x.tanh()),
  Asinh: unary((x) => x.asinh()),
  Acosh: unary((x) => x.acosh()),
  Atanh: unary((x) => x.atanh()),
  Erf: unary((x) => x.erf()),
  Sigmoid: unary((x) => x.sigmoid()),
  Relu: unary((x) => (isFloat(x.dtype) ? x.relu() : x.maximum(0))),
  Softplus: unary((x) => x.softplus()),
  Softsign: unary(softsign),
  Gelu: unary((x, call) => gelu(x, call.attributes.text("approximate", "none") as "none" | "tanh")),
  Swish: unary((x, call) => x.mul(x.mul(alphaOf(call, 1)).sigmoid())),
  Mish: unary(mish),
  LeakyRelu: unary((x, call) => leakyRelu(x, alphaOf(call, 0.01))),
  Elu: unary((x, call) => elu(x, alphaOf(call, 1))),
  Selu: unary((x, call) =>
    elu(x, alphaOf(call, 1.6732632423543772)).mul(call.attributes.float("gamma", 1.0507009873554805)),
  ),
  Celu: unary((x, call) => celu(x, alphaOf(call, 1))),
  PRelu: binary((x, slope) => x.greater(0).where(x, x.mul(slope))),
  ThresholdedRelu: unary((x, call) => x.greater(alphaOf(call, 1)).where(x, 0)),
  HardSigmoid: unary((x, call) => hardSigmoid(x, alphaOf(call, 0.2), call.attributes.float("beta", 0.5))),
  HardSwish: unary(hardSwish),
  Shrink: unary((x, call) => {
    const lambda = call.attributes.float("lambd", 0.5);
    const bias = call.attributes.float("bias", 0);
    const low = x.less(-lambda).where(x.add(bias), x.zerosLike());
    return x.greater(lambda).where(x.sub(bias), low);
  }),
  Clip: clip,
  Not: (call) => call.x(0).not(),
  IsNaN: (call) => {
    const x = floating(call.x(0));
    return x.equal(x).not();
  },
  IsInf: isInf,

  Add: binary((a, b) => a.add(b)),
  Sub: binary((a, b) => a.sub(b)),
  Mul: binary((a, b) => a.mul(b)),
  Div: binary((a, b) => a.div(b)),
  Pow: pow,
  Mod: binary((a, b, call) =>
    call.attributes.int("fmod", 0) !== 0 ? truncatedRemainder(a, b) : a.remainder(b),
  ),
  Sum: nary((a, b) => a.add(b)),
  Max: nary((a, b) => a.maximum(b)),
  Min: nary((a, b) => a.minimum(b)),
  Mean: (call) => widened(call.all(), (...tensors) => tensors.reduce((a, b) => a.add(b)).div(tensors.length)),
  Equal: comparison((a, b) => a.equal(b)),
  Less: comparison((a, b) => a.less(b)),
  LessOrEqual: comparison((a, b) => a.lessEqual(b)),
  Greater: comparison((a, b) => a.greater(b)),
  GreaterOrEqual: comparison((a, b) => a.greaterEqual(b)),
  And: logical((a, b) => a.and(b)),
  Or: logical((a, b) => a.or(b)),
  Xor: logical((a, b) => a.xor(b)),
  BitShift: shift,
  BitwiseAnd: bitwise((a, b) => a.bitAnd(b)),
  BitwiseOr: bitwise((a, b) => a.add(b).sub(a.bitAnd(b))),
  BitwiseXor: bitwise((a, b) => a.bitXor(b)),
  BitwiseNot: unary((x) => x.neg().sub(1)),
  Where: (call) => widened([call.x(1), call.x(2)], (a, b) => call.x(0).where(a, b)),
};
