import type { Tensor } from "../tensor.ts";

/**
 * Elementary functions in terms of those that ONNX Runtime computes in the element type at hand. Used after
 * differentiation: both branches of a `where` are computed, and only the chosen one needs to be finite.
 */

/** Value of the polynomial with the given coefficients, highest power first, by Horner's rule. */
function polynomial(x: Tensor, coefficients: readonly number[]): Tensor {
  let value = x.zerosLike().add(coefficients[0]!);
  for (const coefficient of coefficients.slice(1)) value = value.mul(x).add(coefficient);
  return value;
}

/** u log(1+u) / ((1+u) - 1): the rounding errors of 1+u cancel (Kahan). */
export function log1p(x: Tensor): Tensor {
  const shifted = x.add(1);
  const rounded = shifted.sub(1);
  const exact = x.mul(shifted.log()).div(rounded);
  return rounded.equal(0).where(x, x.greater(1e9).where(shifted.log(), exact));
}

/** With t = tanh(x/2), exp(x) - 1 = 2t / (1 - t); near zero no digit cancels. */
export function expm1(x: Tensor): Tensor {
  const t = x.mul(0.5).tanh();
  const small = t.mul(2).div(t.neg().add(1));
  return x.abs().less(0.5).where(small, x.exp().sub(1));
}

export function sinh(x: Tensor): Tensor {
  const t = x.mul(0.5).tanh();
  const small = t.mul(2).div(t.mul(t).neg().add(1));
  return x.abs().less(1).where(small, x.exp().sub(x.neg().exp()).mul(0.5));
}

export function asin(x: Tensor): Tensor {
  return x.div(x.neg().add(1).mul(x.add(1)).sqrt()).atan();
}

export function acos(x: Tensor): Tensor {
  return x.neg().add(1).div(x.add(1)).sqrt().atan().mul(2);
}

export function asinh(x: Tensor): Tensor {
  const size = x.abs();
  const square = x.mul(x);
  const moderate = size.add(square.div(square.add(1).sqrt().add(1))).log1p();
  return x.sign().mul(size.greater(1e100).where(size.log().add(Math.LN2), moderate));
}

export function acosh(x: Tensor): Tensor {
  const t = x.sub(1);
  const moderate = t.add(t.mul(t.add(2)).sqrt()).log1p();
  return x.greater(1e100).where(x.log().add(Math.LN2), moderate);
}

export function atanh(x: Tensor): Tensor {
  const size = x.abs();
  return x.sign().mul(size.mul(2).div(size.neg().add(1)).log1p().mul(0.5));
}

/** The Cephes rational form after reduction to |x| <= 0.66; error below 2 units in the last place. */
export function atan(x: Tensor): Tensor {
  const size = x.abs();
  const large = size.greater(2.414213562373095);
  const middle = size.greater(0.66);
  const reduced = large.where(size.reciprocal().neg(), middle.where(size.sub(1).div(size.add(1)), size));
  const offset = large.where(
    x.zerosLike().add(Math.PI / 2),
    middle.where(x.zerosLike().add(Math.PI / 4), x.zerosLike()),
  );
  const z = reduced.mul(reduced);
  const above = polynomial(
    z,
    [-0.8750608600031904, -16.157537187333652, -75.00855792314705, -122.88666844901361, -64.85021904942025],
  );
  const below = polynomial(
    z,
    [1, 24.858464901423062, 165.02700983169885, 432.88106049129027, 485.3903996359137, 194.5506571482614],
  );
  return x.sign().mul(offset.add(reduced.add(reduced.mul(z).mul(above).div(below))));
}

/** Angle of the point (x, y); at the origin 0. */
export function atan2(y: Tensor, x: Tensor): Tensor {
  const sideways = x.equal(0);
  const slope = y.div(sideways.where(x.onesLike(), x)).atan();
  const half = y.less(0).where(y.zerosLike().sub(Math.PI), y.zerosLike().add(Math.PI));
  const turned = x.less(0).where(slope.add(half), slope);
  return sideways.where(y.sign().mul(Math.PI / 2), turned);
}

/** The rational forms of fdlibm on its four ranges; error below 1 unit in the last place. */
export function erf(x: Tensor): Tensor {
  const size = x.abs();
  const square = x.mul(x);
  const core = x.add(
    x.mul(
      polynomial(
        square,
        [
          -2.3763016656650163e-5, -0.005770270296489442, -0.02848174957559851, -0.3250421072470015,
          0.12837916709551256,
        ],
      ).div(
        polynomial(
          square,
          [
            -3.960228278775368e-6, 0.00013249473800432164, 0.005081306281875766, 0.0650222499887673,
            0.39791722395915535, 1,
          ],
        ),
      ),
    ),
  );
  const s = size.sub(1);
  const near = polynomial(
    s,
    [
      -0.002166375594868791, 0.035478304325618236, -0.11089469428239668, 0.31834661990116175,
      -0.3722078760357013, 0.41485611868374833, -0.0023621185607526594,
    ],
  )
    .div(
      polynomial(
        s,
        [
          0.011984499846799107, 0.01363708391202905, 0.12617121980876164, 0.07182865441419627,
          0.540397917702171, 0.10642088040084423, 1,
        ],
      ),
    )
    .add(0.8450629115104675);
  // Beyond 6 the result rounds to 1.
  const far = size.minimum(6).maximum(1);
  const inverse = far.mul(far).reciprocal();
  const tail1 = polynomial(
    inverse,
    [
      -9.814329344169145, -81.2874355063066, -184.60509290671104, -162.39666946257347, -62.375332450326006,
      -10.558626225323291, -0.6938585727071818, -0.009864944034847148,
    ],
  ).div(
    polynomial(
      inverse,
      [
        -0.0604244152148581, 6.570249770319282, 108.63500554177944, 429.00814002756783, 645.3872717332679,
        434.56587747522923, 137.65775414351904, 19.651271667439257, 1,
      ],
    ),
  );
  const tail2 = polynomial(
    inverse,
    [
      -483.5191916086514, -1025.0951316110772, -637.5664433683896, -160.63638485582192, -17.757954917754752,
      -0.799283237680523, -0.0098649429247001,
    ],
  ).div(
    polynomial(
      inverse,
      [
        -22.44095244658582, 474.52854120695537, 2553.0504064331644, 3199.8582195085955, 1536.729586084437,
        325.7925129965739, 30.33806074348246, 1,
      ],
    ),
  );
  const tail = far.less(1 / 0.35).where(tail1, tail2);
  const outer = far.mul(far).neg().sub(0.5625).add(tail).exp().div(far).neg().add(1);
  const sized = size.less(1.25).where(near, outer);
  return size.less(0.84375).where(core, x.sign().mul(sized));
}
