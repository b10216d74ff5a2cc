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

/** The Cephes rational form after reduction to |x| <= 0.66; error below 2 units in the last place. */
export function atan(x: Tensor): Tensor {
  const size = x.abs();
  const large = size.greater(2.414213562373095);
  const middle = size.greater(0.66);
  const reduced = large.where(
    size.reciprocal().neg(),
    middle.where(size.sub(1).div(size.add(1)), size),
  );
  const offset = large.where(
    x.zerosLike().add(Math.PI / 2),
    middle.where(x.zerosLike().add(Math.PI / 4), x.zerosLike()),
  );
  const z = reduced.mul(reduced);
  const above = polynomial(z, [
    -8.750608600031904122785e-1, -1.615753718733365076637e1, -7.500855792314704667340e1,
    -1.228866684490136173410e2, -6.485021904942025371773e1,
  ]);
  const below = polynomial(z, [
    1, 2.485846490142306297962e1, 1.650270098316988542046e2, 4.328810604912902668951e2,
    4.853903996359136964868e2, 1.945506571482613964425e2,
  ]);
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
      polynomial(square, [
        -2.37630166566501626084e-5, -5.77027029648944159157e-3, -2.84817495755985104766e-2,
        -3.25042107247001499370e-1, 1.28379167095512558561e-1,
      ]).div(
        polynomial(square, [
          -3.96022827877536812320e-6, 1.32494738004321644526e-4, 5.08130628187576562776e-3,
          6.50222499887672944485e-2, 3.97917223959155352819e-1, 1,
        ]),
      ),
    ),
  );
  const s = size.sub(1);
  const near = polynomial(s, [
    -2.16637559486879084300e-3, 3.54783043256182359371e-2, -1.10894694282396677476e-1,
    3.18346619901161753674e-1, -3.72207876035701323847e-1, 4.14856118683748331666e-1,
    -2.36211856075265944077e-3,
  ])
    .div(
      polynomial(s, [
        1.19844998467991074170e-2, 1.36370839120290507362e-2, 1.26171219808761642112e-1,
        7.18286544141962662868e-2, 5.40397917702171048937e-1, 1.06420880400844228286e-1, 1,
      ]),
    )
    .add(8.45062911510467529297e-1);
  // Beyond 6 the result rounds to 1.
  const far = size.minimum(6).maximum(1);
  const inverse = far.mul(far).reciprocal();
  const tail1 = polynomial(inverse, [
    -9.81432934416914548592, -8.12874355063065934246e1, -1.84605092906711035994e2,
    -1.62396669462573470355e2, -6.23753324503260060396e1, -1.05586262253232909814e1,
    -6.93858572707181764372e-1, -9.86494403484714822705e-3,
  ]).div(
    polynomial(inverse, [
      -6.04244152148580987438e-2, 6.57024977031928170135, 1.08635005541779435134e2,
      4.29008140027567833386e2, 6.45387271733267880336e2, 4.34565877475229228821e2,
      1.37657754143519042600e2, 1.96512716674392571292e1, 1,
    ]),
  );
  const tail2 = polynomial(inverse, [
    -4.83519191608651397019e2, -1.02509513161107724954e3, -6.37566443368389627722e2,
    -1.60636384855821916062e2, -1.77579549177547519889e1, -7.99283237680523006574e-1,
    -9.86494292470009928597e-3,
  ]).div(
    polynomial(inverse, [
      -2.24409524465858183362e1, 4.74528541206955367215e2, 2.55305040643316442583e3,
      3.19985821950859553908e3, 1.53672958608443695994e3, 3.25792512996573918826e2,
      3.03380607434824582924e1, 1,
    ]),
  );
  const tail = far.less(1 / 0.35).where(tail1, tail2);
  const outer = far.mul(far).neg().sub(0.5625).add(tail).exp().div(far).neg().add(1);
  const sized = size.less(1.25).where(near, outer);
  return size.less(0.84375).where(core, x.sign().mul(sized));
}
