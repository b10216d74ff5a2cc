import { Command, Option } from "commander";
import type { CliContext } from "../context.ts";
import { parseInteger } from "../parse-values.ts";
import type { CompressMatrixOptions } from "../tasks/compress-matrix.ts";

export function compressMatrixCommand(context: CliContext): Command {
  return new Command("compress-matrix")
    .description("replace a weight matrix by the nearest product of block-diagonal ones")
    .argument("<model>", "a file of weights: .safetensors")
    .requiredOption("--tensor <name>", "the matrix in it")
    .requiredOption("--out <file>", "where both factors go: .safetensors")
    .option("--blocks <n>", "diagonal blocks; must divide rows and columns", parseInteger, 8)
    .addOption(new Option("--method <id>", "how").choices(["monarch-mixer"]).default("monarch-mixer"))
    .option("--json", "print one JSON document about what was done")
    .addHelpText(
      "after",
      `
Example:
  $ ockham compress-matrix model.safetensors --tensor layers.0.weight --blocks 8 --out factors.safetensors

The file holds "<tensor>.right" [blocks, rows / blocks, columns / blocks] and "<tensor>.left" [rows / blocks, blocks, blocks].`,
    )
    .action(async (model: string, options: CompressMatrixOptions) => {
      const { compressMatrix } = await import("../tasks/compress-matrix.ts");
      await compressMatrix(model, options, context);
    });
}
