import type { DType } from "../../array/index.ts";
import { onnxTypeOf } from "../graph-builder.ts";
import { definePrimitive, type Primitive } from "../ir.ts";
import type { Tensor } from "../tensor.ts";
import { broadcastShapes, isFloat, refuse, showType, type Type } from "../type.ts";
import * as expansions from "./expansions.ts";

const floats: readonly DType[] = ["float32", "float64"];
const wholeNumbers: readonly DType[] = ["int32", "int64"];
const numbers: readonly DType[] = [...floats, ...wholeNumbers];
const comparable: readonly DType[] = [...numbers, "bool"];

function requireDType(operation: string, type: Type, allowed: readonly DType[]): void {
  if (allowed.includes(type.dtype)) return;
  refuse(operation, `expected ${allowed.join(" or ")}, got ${showType(type)}; cast it first`);
}

interface Unary {
  readonly scalar?: (value: number) => number;
  /** dy/dx; absent: zero. */
  readonly derivative?: (x: Tensor, y: Tensor) => Tensor;
  /** ONNX operator, where it has a kernel for the element type. */
  readonly onnx?: string;
  readonly dtypes?: readonly DType[];
  /** The operation in others: for every element type... */
  readonly expand?: (x: Tensor) => Tensor;
  /** ... or only for float64, whose kernel ONNX Runtime lacks. */
  readonly expand64?: (x: Tensor) => Tensor;
}

function unary(name: string, rule: Unary): Primitive {
  const { scalar, derivative, onnx, expand, expand64 } = rule;
  return definePrimitive({
    name,
    elementwise: true,
    infer: ([x]) => {
      requireDType(name, x!, rule.dtypes ?? floats);
      return [x!];
    },
    ...(scalar ? { scalar } : {}),
    ...(derivative ? { vjp: ([g], [x], [y]) => [g?.mul(derivative(x!, y!))] } : {}),
    ...(onnx ? { lower: (graph, inputs) => graph.op(onnx, inputs) } : {}),
    ...(expand ? { expand: ([x]) => [expand(x!)] } : {}),
    ...(expand64 ? { expand: ([x]) => (x!.dtype === "float64" ? [expand64(x!)] : undefined) } : {}),
  });
}

interface Binary {
  readonly onnx?: string;
  readonly scalar?: (a: number, b: number) => number;
  readonly dtypes?: readonly DType[];
  readonly result?: DType;
  /** Cotangents of a and b before they are summed over broadcast axes. */
  readonly vjp?: (g: Tensor, a: Tensor, b: Tensor, y: Tensor) => readonly [Tensor, Tensor];
  readonly simplify?: (a: Tensor, b: Tensor) => Tensor | undefined;
  readonly expand?: (a: Tensor, b: Tensor) => Tensor | undefined;
}

function binary(name: string, rule: Binary): Primitive {
  const { onnx, scalar, vjp, simplify, expand } = rule;
  return definePrimitive({
    name,
    elementwise: true,
    infer: ([a, b]) => {
      requireDType(name, a!, rule.dtypes ?? numbers);
      if (a!.dtype !== b!.dtype)
        refuse(name, `element types differ: ${showType(a!)} and ${showType(b!)}; cast one of them`);
      return [{ dtype: rule.result ?? a!.dtype, shape: broadcastShapes(name, a!.shape, b!.shape) }];
    },
    ...(scalar ? { scalar } : {}),
    ...(simplify ? { simplify: ([a, b]) => simplify(a!, b!) } : {}),
    ...(vjp
      ? {
          vjp: ([g], [a, b], [y]) => {
            if (g === undefined) return [undefined, undefined];
            const [da, db] = vjp(g, a!, b!, y!);
            return [da.sumTo(a!.shape), db.sumTo(b!.shape)];
          },
        }
      : {}),
    ...(onnx ? { lower: (graph, inputs) => graph.op(onnx, inputs) } : {}),
    ...(expand
      ? {
          expand: ([a, b]) => {
            const expanded = expand(a!, b!);
            return expanded && [expanded];
          },
        }
      : {}),
  });
}

/** `x` when combining it with the neutral element `other` leaves it as it is. */
function unchanged(x: Tensor, other: Tensor, neutral: number): Tensor | undefined {
  if (other.uniformValue() !== neutral) return undefined;
  return broadcastShapes("", x.shape, other.shape).length === x.shape.length &&
    other.shape.every(
      (extent, i) => extent === 1 || extent === x.shape[x.shape.length - other.shape.length + i],
    )
    ? x
    : undefined;
}

function comparison(name: string, onnx: string, dtypes = numbers): Primitive {
  return binary(name, { onnx, dtypes, result: "bool" });
}

const sign = Math.sign;
const halfToEven = (x: number): number => {
  const rounded = Math.round(x);
  return Math.abs(x % 1) === 0.5 && rounded % 2 !== 0 ? rounded - 1 : rounded;
};

export const neg = unary("neg", {
  onnx: "Neg",
  scalar: (x) => -x,
  dtypes: numbers,
  derivative: (x) => x.onesLike().neg(),
});
export const abs = unary("abs", {
  onnx: "Abs",
  scalar: Math.abs,
  dtypes: numbers,
  derivative: (x) => x.sign(),
});
export const signOf = unary("sign", { onnx: "Sign", scalar: sign, dtypes: numbers });
export const floor = unary("floor", { onnx: "Floor", scalar: Math.floor });
export const ceil = unary("ceil", { onnx: "Ceil", scalar: Math.ceil });
export const round = unary("round", { onnx: "Round", scalar: halfToEven });
export const exp = unary("exp", { onnx: "Exp", scalar: Math.exp, derivative: (_, y) => y });
export const expm1 = unary("expm1", {
  scalar: Math.expm1,
  derivative: (x) => x.exp(),
  expand: expansions.expm1,
});
export const log = unary("log", { onnx: "Log", scalar: Math.log, derivative: (x) => x.reciprocal() });
export const log1p = unary("log1p", {
  scalar: Math.log1p,
  derivative: (x) => x.add(1).reciprocal(),
  expand: expansions.log1p,
});
export const sqrt = unary("sqrt", {
  onnx: "Sqrt",
  scalar: Math.sqrt,
  derivative: (_, y) => y.reciprocal().mul(0.5),
});
export const reciprocal = unary("reciprocal", {
  onnx: "Reciprocal",
  scalar: (x) => 1 / x,
  derivative: (_, y) => y.mul(y).neg(),
});
export const sin = unary("sin", { onnx: "Sin", scalar: Math.sin, derivative: (x) => x.cos() });
export const cos = unary("cos", { onnx: "Cos", scalar: Math.cos, derivative: (x) => x.sin().neg() });
export const tan = unary("tan", {
  onnx: "Tan",
  scalar: Math.tan,
  derivative: (_, y) => y.mul(y).add(1),
  expand64: (x) => x.sin().div(x.cos()),
});
export const asin = unary("asin", {
  onnx: "Asin",
  scalar: Math.asin,
  derivative: (x) => x.neg().add(1).mul(x.add(1)).rsqrt(),
  expand64: expansions.asin,
});
export const acos = unary("acos", {
  onnx: "Acos",
  scalar: Math.acos,
  derivative: (x) => x.neg().add(1).mul(x.add(1)).rsqrt().neg(),
  expand64: expansions.acos,
});
export const atan = unary("atan", {
  onnx: "Atan",
  scalar: Math.atan,
  derivative: (x) => x.mul(x).add(1).reciprocal(),
  expand64: expansions.atan,
});
export const sinh = unary("sinh", {
  onnx: "Sinh",
  scalar: Math.sinh,
  derivative: (x) => x.cosh(),
  expand64: expansions.sinh,
});
export const cosh = unary("cosh", {
  onnx: "Cosh",
  scalar: Math.cosh,
  derivative: (x) => x.sinh(),
  expand64: (x) => x.exp().add(x.neg().exp()).mul(0.5),
});
export const tanh = unary("tanh", {
  onnx: "Tanh",
  scalar: Math.tanh,
  derivative: (_, y) => y.mul(y).neg().add(1),
});
export const asinh = unary("asinh", {
  onnx: "Asinh",
  scalar: Math.asinh,
  derivative: (x) => x.mul(x).add(1).rsqrt(),
  expand64: expansions.asinh,
});
export const acosh = unary("acosh", {
  onnx: "Acosh",
  scalar: Math.acosh,
  derivative: (x) => x.sub(1).mul(x.add(1)).rsqrt(),
  expand64: expansions.acosh,
});
export const atanh = unary("atanh", {
  onnx: "Atanh",
  scalar: Math.atanh,
  derivative: (x) => x.neg().add(1).mul(x.add(1)).reciprocal(),
  expand64: expansions.atanh,
});
export const erf = unary("erf", {
  onnx: "Erf",
  derivative: (x) =>
    x
      .mul(x)
      .neg()
      .exp()
      .mul(2 / Math.sqrt(Math.PI)),
  expand64: expansions.erf,
});
export const sigmoid = unary("sigmoid", {
  onnx: "Sigmoid",
  scalar: (x) => 1 / (1 + Math.exp(-x)),
  derivative: (_, y) => y.mul(y.neg().add(1)),
});
export const softplus = unary("softplus", {
  onnx: "Softplus",
  derivative: (x) => x.sigmoid(),
  expand64: (x) => x.maximum(0).add(x.abs().neg().exp().log1p()),
});
export const relu = unary("relu", {
  onnx: "Relu",
  scalar: (x) => Math.max(x, 0),
  // The mask from a comparison: ONNX Runtime's Sign runs on one thread and several times slower.
  derivative: (_, y) => y.greater(0).cast(y.dtype),
});
export const not = unary("not", { onnx: "Not", dtypes: ["bool"] });

export const add = binary("add", {
  onnx: "Add",
  scalar: (a, b) => a + b,
  vjp: (g) => [g, g],
  simplify: (a, b) => unchanged(a, b, 0) ?? unchanged(b, a, 0),
});
export const sub = binary("sub", {
  onnx: "Sub",
  scalar: (a, b) => a - b,
  vjp: (g) => [g, g.neg()],
  simplify: (a, b) => unchanged(a, b, 0),
});
export const mul = binary("mul", {
  onnx: "Mul",
  scalar: (a, b) => a * b,
  vjp: (g, a, b) => [g.mul(b), g.mul(a)],
  simplify: (a, b) => unchanged(a, b, 1) ?? unchanged(b, a, 1),
});
export const div = binary("div", {
  onnx: "Div",
  scalar: (a, b) => a / b,
  vjp: (g, _, b, y) => [g.div(b), g.mul(y).div(b).neg()],
  simplify: (a, b) => unchanged(a, b, 1),
});
export const pow = binary("pow", {
  onnx: "Pow",
  scalar: (a, b) => a ** b,
  vjp: (g, a, b, y) => {
    const positive = a.greater(0);
    return [
      g.mul(b.mul(a.pow(b.sub(1)))),
      g.mul(positive.where(y.mul(positive.where(a, 1).log()), y.zerosLike())),
    ];
  },
  simplify: (a, b) => {
    const exponent = b.uniformValue();
    if (exponent === undefined || b.shape.length > 0) return undefined;
    if (exponent === 0) return a.onesLike();
    if (exponent === 1) return a;
    if (exponent === 2) return a.mul(a);
    if (exponent === 3) return a.mul(a).mul(a);
    if (exponent === 0.5) return a.sqrt();
    return exponent === -1 ? a.reciprocal() : undefined;
  },
});
export const remainder = binary("remainder", {
  vjp: (g, a, b) => [g, g.mul(a.div(b).floor()).neg()],
  // Sign of the divisor, as in Python. ONNX's Mod does this for whole numbers only.
  expand: (a, b) => (isFloat(a.dtype) ? a.sub(a.div(b).floor().mul(b)) : undefined),
  onnx: "Mod",
});
// At a tie the whole gradient goes to the first operand.
export const maximum = binary("maximum", {
  onnx: "Max",
  scalar: Math.max,
  vjp: (g, a, b) => {
    const first = a.greaterEqual(b);
    return [g.mul(first.cast(g.dtype)), g.mul(first.not().cast(g.dtype))];
  },
});
export const minimum = binary("minimum", {
  onnx: "Min",
  scalar: Math.min,
  vjp: (g, a, b) => {
    const first = a.lessEqual(b);
    return [g.mul(first.cast(g.dtype)), g.mul(first.not().cast(g.dtype))];
  },
});
export const atan2 = binary("atan2", {
  scalar: Math.atan2,
  dtypes: floats,
  vjp: (g, y, x) => {
    const scaled = g.div(x.mul(x).add(y.mul(y)));
    return [scaled.mul(x), scaled.mul(y).neg()];
  },
  expand: expansions.atan2,
});

export const equal = comparison("equal", "Equal", comparable);
export const less = comparison("less", "Less");
export const lessEqual = comparison("lessEqual", "LessOrEqual");
export const greater = comparison("greater", "Greater");
export const greaterEqual = comparison("greaterEqual", "GreaterOrEqual");
export const and = binary("and", { onnx: "And", dtypes: ["bool"] });
export const or = binary("or", { onnx: "Or", dtypes: ["bool"] });
export const xor = binary("xor", { onnx: "Xor", dtypes: ["bool"] });
export const bitAnd = binary("bitAnd", { onnx: "BitwiseAnd", dtypes: wholeNumbers });
export const bitXor = binary("bitXor", { onnx: "BitwiseXor", dtypes: wholeNumbers });

/** Input 1 where input 0 holds, else input 2. */
export const select = definePrimitive({
  name: "where",
  elementwise: true,
  infer: ([condition, a, b]) => {
    requireDType("where", condition!, ["bool"]);
    if (a!.dtype !== b!.dtype)
      refuse("where", `element types differ: ${showType(a!)} and ${showType(b!)}; cast one of them`);
    requireDType("where", a!, comparable);
    return [{ dtype: a!.dtype, shape: broadcastShapes("where", condition!.shape, a!.shape, b!.shape) }];
  },
  // Where rather than a product with the mask: a cotangent that is infinite on the other side stays out.
  vjp: ([g], [condition, a, b]) => [
    undefined,
    g && condition!.where(g, 0).sumTo(a!.shape),
    g && condition!.where(g.zerosLike(), g).sumTo(b!.shape),
  ],
  lower: (graph, inputs, node) => {
    if (node.outputs[0]!.dtype !== "bool") return graph.op("Where", inputs);
    // ONNX Runtime selects no booleans.
    const [condition, a, b] = inputs as [string, string, string];
    const taken = graph.op("And", [condition, a]);
    return graph.op("Or", [taken, graph.op("And", [graph.op("Not", [condition]), b])]);
  },
});

/** Conversion of the element type; float to whole numbers truncates. */
export const cast = definePrimitive<{ readonly dtype: DType }>({
  name: "cast",
  elementwise: true,
  infer: ([x], { dtype }) => {
    if (!(dtype in onnxTypeOf)) refuse("cast", `unknown element type ${String(dtype)}`);
    return [{ dtype, shape: x!.shape }];
  },
  scalar: (x) => x,
  simplify: ([x], { dtype }) => (x!.dtype === dtype ? x : undefined),
  vjp: ([g], [x]) => [g && isFloat(x!.dtype) ? g.cast(x!.dtype) : undefined],
  lower: (graph, inputs, { attributes }) => graph.op("Cast", inputs, { to: onnxTypeOf[attributes.dtype] }),
});
