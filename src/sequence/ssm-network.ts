import type { NdArray } from "../core/array/index.ts";
import { InvalidInputError } from "../core/errors.ts";
import { dropout, initLinear, initNorm, type Linear, linear, type Norm } from "../core/nn/index.ts";
import type { RandomStream } from "../core/random/index.ts";
import {
  foldIn,
  gelu,
  layerNorm,
  randomUniform,
  type Tensor,
  type TensorLike,
  toTensor,
} from "../core/tensor/index.ts";
import type { Discretization } from "./convolution-kernel.ts";
import { initS4Layer, type S4Layer, s4Layer } from "./s4-layer.ts";
import { initS5Layer, type S5Layer, s5Layer } from "./s5-layer.ts";
import type { StateModes } from "./state-modes.ts";

/** Shape of a network of state-space layers. */
export interface SsmArchitecture {
  /** Default `"s4"`: independent systems, one a channel; `"s5"`: one system of all channels. */
  readonly layer?: "s4" | "s5";
  /** Channels of each layer; default 64. */
  readonly width?: number;
  /** Number of layers; default 2. */
  readonly layers?: number;
  /** Identical diagonal blocks of an S5 state; default 1. */
  readonly blocks?: number;
  /** Adds each block's input to its output; default true. */
  readonly residual?: boolean;
  /** Default 0. */
  readonly dropout?: number;
  /** Default false. */
  readonly bidirectional?: boolean;
  /** Default `"zoh"`. */
  readonly discretization?: Discretization;
  /** Range of initial lengths of a step; default 0.001 to 0.1. */
  readonly dtMin?: number;
  readonly dtMax?: number;
}

/** A state-space layer, a gated mixture of its channels, and a normalisation. */
export interface SsmBlock<T = TensorLike> {
  readonly ssm: S4Layer<T> | S5Layer<T>;
  /** [h, 2 h]: values and gates. */
  readonly mix: Linear<T>;
  readonly norm: Norm<T>;
}

/** Parameters of {@link ssmNetwork}. */
export interface SsmNetwork<T = TensorLike> {
  readonly encoder: Linear<T>;
  readonly blocks: readonly SsmBlock<T>[];
  readonly decoder: Linear<T>;
}

export function initSsmNetwork(
  stream: RandomStream,
  channels: number,
  classes: number,
  modes: StateModes,
  architecture: Required<SsmArchitecture>,
): SsmNetwork<NdArray> {
  const { layer, width, layers, blocks, bidirectional, dtMin, dtMax } = architecture;
  const options = { bidirectional, dtMin, dtMax };
  return {
    encoder: initLinear(stream.split("encoder"), channels, width),
    blocks: Array.from({ length: layers }, (_, i) => {
      const own = stream.split("block", i);
      return {
        ssm:
          layer === "s4"
            ? initS4Layer(own.split("ssm"), width, modes, options)
            : initS5Layer(own.split("ssm"), width, modes, { ...options, blocks }),
        mix: initLinear(own.split("mix"), width, 2 * width),
        norm: initNorm(width),
      };
    }),
    decoder: initLinear(stream.split("decoder"), width, classes),
  };
}

/** A pure tone that is added to the input of every state-space layer. */
export interface LayerNoise {
  /** Angular frequency in radians per unit of time of the layer's system. */
  readonly omega: number;
  /** The tone's height, drawn anew from [0, amplitude) for each sequence and channel. */
  readonly amplitude: number;
}

export interface SsmNetworkOptions {
  /** Key of the dropout, and of the noise; without it there is neither. */
  readonly key?: Tensor;
  readonly noise?: LayerNoise;
}

/** Logits [n, classes] of sequences x [n, length, channels], by the mean over time after the last block. */
export function ssmNetwork(
  params: SsmNetwork,
  x: Tensor,
  architecture: Required<SsmArchitecture>,
  { key, noise }: SsmNetworkOptions = {},
): Tensor {
  const { layer, blocks, residual, dropout: rate, discretization } = architecture;
  let u = linear(params.encoder, x);
  for (const [i, block] of params.blocks.entries()) {
    const own = key && foldIn(key, i);
    const heard = noise === undefined ? u : u.add(tone(block, u, blocks, noise, own));
    const y =
      layer === "s4"
        ? s4Layer(block.ssm as S4Layer, heard, { discretization })
        : s5Layer(block.ssm as S5Layer, heard, { discretization });
    const active = dropout(gelu(y), rate, noise === undefined ? own : undefined);
    const [values, gates] = linear(block.mix, active).split(2, -1) as [Tensor, Tensor];
    const mixed = values.mul(gates.sigmoid());
    u = layerNorm(residual ? u.add(mixed) : mixed, block.norm);
  }
  return linear(params.decoder, u.mean(1));
}

/**
 * The tone as a layer's systems hear it: cos(omega dt l) with the length dt of a channel's own step. In an S5 layer,
 * where modes have steps, channel h takes that of the fastest mode of block h modulo the number of blocks.
 */
function tone(
  { ssm }: SsmBlock,
  u: Tensor,
  blocks: number,
  { omega, amplitude }: LayerNoise,
  key: Tensor | undefined,
): Tensor {
  if (key === undefined) throw new InvalidInputError("options.key", "noise needs a key to be drawn from");
  const [n, length, width] = u.shape as [number, number, number];
  const steps = toTensor(ssm.logStep).exp().cast("float64");
  let step = steps;
  if (toTensor(ssm.frequency).rank === 1) {
    const perBlock = steps.size / blocks;
    const fastest = toTensor(ssm.frequency).reshape([blocks, perBlock]).argmax(1).cast("int64");
    const own = steps.reshape([blocks, perBlock]).takeAlong(fastest.expandDims(1), 1).reshape([blocks]);
    step = own.tile([Math.ceil(width / blocks)]).sliceAxis(0, 0, width);
  }
  const phase = step.iota(length).expandDims(-1).mul(step.mul(omega));
  const turns = phase.mul(1 / (2 * Math.PI)).floor();
  const wave = phase
    .sub(turns.mul(2 * Math.PI))
    .cast("float32")
    .cos();
  return randomUniform(key, [n, 1, width]).mul(amplitude).mul(wave);
}
