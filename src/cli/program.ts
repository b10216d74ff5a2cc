import { Command } from "commander";
import { benchModelCommand } from "./commands/bench-model.ts";
import { indexCommand } from "./commands/build-index.ts";
import { calibrateCommand } from "./commands/calibrate.ts";
import { classifySequencesCommand } from "./commands/classify-sequences.ts";
import { completeCommand } from "./commands/complete.ts";
import { compressCommand } from "./commands/compress.ts";
import { compressMatrixCommand } from "./commands/compress-matrix.ts";
import { conjectureCommand } from "./commands/conjecture.ts";
import { coresetCommand } from "./commands/coreset.ts";
import { dataCommand } from "./commands/data.ts";
import { diagonalizeCommand } from "./commands/diagonalize.ts";
import { doctorCommand } from "./commands/doctor.ts";
import { embedGraphCommand } from "./commands/embed-graph.ts";
import { equilibriumCommand } from "./commands/equilibrium.ts";
import { evaluateEmbeddingCommand } from "./commands/evaluate-embedding.ts";
import { evaluateRunCommand } from "./commands/evaluate-run.ts";
import { finetuneCommand } from "./commands/finetune.ts";
import { generateCommand } from "./commands/generate.ts";
import { inspectCommand } from "./commands/inspect.ts";
import { interpolateCommand } from "./commands/interpolate.ts";
import { labCommand } from "./commands/lab.ts";
import { listCommand } from "./commands/list.ts";
import { mergeCommand } from "./commands/merge.ts";
import { minimizeCommand } from "./commands/minimize.ts";
import { pprCommand } from "./commands/ppr.ts";
import { regressCommand } from "./commands/regress.ts";
import { runCommand } from "./commands/run.ts";
import { sampleCommand } from "./commands/sample.ts";
import { searchCommand } from "./commands/search.ts";
import { semCommand } from "./commands/sem.ts";
import { separateCommand } from "./commands/separate.ts";
import { smoothCommand } from "./commands/smooth.ts";
import { solveCommand } from "./commands/solve.ts";
import { trainCnnCommand } from "./commands/train-cnn.ts";
import { trainDenoiserCommand } from "./commands/train-denoiser.ts";
import { trainTextCommand } from "./commands/train-text.ts";
import { transportCommand } from "./commands/transport.ts";
import { verifyCommand } from "./commands/verify.ts";
import { workerCommand } from "./commands/worker.ts";
import { type CliContext, exitStatus, printLine } from "./context.ts";
import { oneLine, reportOf } from "./error-report.ts";
import { packageVersion } from "./package-root.ts";

const commands = [
  listCommand,
  runCommand,
  verifyCommand,
  labCommand,
  dataCommand,
  embedGraphCommand,
  evaluateEmbeddingCommand,
  solveCommand,
  generateCommand,
  pprCommand,
  indexCommand,
  searchCommand,
  evaluateRunCommand,
  workerCommand,
  semCommand,
  conjectureCommand,
  interpolateCommand,
  smoothCommand,
  sampleCommand,
  calibrateCommand,
  trainDenoiserCommand,
  transportCommand,
  diagonalizeCommand,
  classifySequencesCommand,
  trainTextCommand,
  compressMatrixCommand,
  separateCommand,
  regressCommand,
  compressCommand,
  inspectCommand,
  benchModelCommand,
  finetuneCommand,
  trainCnnCommand,
  equilibriumCommand,
  minimizeCommand,
  coresetCommand,
  completeCommand,
  mergeCommand,
  doctorCommand,
];

/**
 * Runs one command line, without the name of the program: `runCli(["run", "fastrp"], context)`. Returns the
 * exit status. Rejects with the signal's reason when it was aborted.
 */
export async function runCli(args: readonly string[], context: Omit<CliContext, "fail">): Promise<number> {
  let status: number = exitStatus.ok;
  const inner: CliContext = {
    ...context,
    fail: (failure) => {
      status = Math.max(status, failure);
    },
  };
  try {
    await programFor(inner).parseAsync(args, { from: "user" });
  } catch (error) {
    context.signal.throwIfAborted();
    const report = reportOf(error);
    if (report.text !== "") printLine(context.stderr, `ockham: ${report.text}`);
    return report.status;
  }
  return status;
}

function programFor(context: CliContext): Command {
  const program = new Command("ockham")
    .description("Research methods that do more with less, each with its claim measured.")
    .version(packageVersion())
    .addHelpText(
      "after",
      `
Examples:
  $ ockham list                       the papers
  $ ockham run fastrp                 measure a paper's claims
  $ ockham lab --open                 the same papers in the browser
  $ ockham embed-graph edges.csv --dim 64 --out embedding.npy
  $ ockham ppr edges.csv --source 17  what matters from the point of view of a vertex

Exit status: 0 fine; 1 a claim missed its bar, or a computation did not converge; 2 bad input.`,
    );
  for (const command of commands) program.addCommand(command(context));
  for (const command of [program, ...program.commands, ...program.commands.flatMap((c) => c.commands)])
    command
      .exitOverride()
      .showSuggestionAfterError()
      .configureOutput({
        writeOut: (text) => context.stdout.write(text),
        writeErr: (text) => context.stderr.write(text),
        outputError: (message, write) => write(`ockham: ${oneLine(message)}\n`),
        getOutHelpWidth: () => context.stdout.columns || 100,
        getErrHelpWidth: () => context.stderr.columns || 100,
        getOutHasColors: () => context.colors,
      });
  return program;
}
