import { Command, Option } from "commander";
import { runWorker } from "ockham/parallel";
import { type CliContext, printLine } from "../context.ts";
import { type ThreadOptions, threadsOption } from "../measure.ts";
import { withUrlFrom } from "../redis-flag.ts";
import { workerTasks } from "../worker-tasks.ts";

export function workerCommand(context: CliContext): Command {
  return new Command("worker")
    .description("run tasks for commands on any machine that have the same server as their --pool")
    .addOption(
      new Option("--redis <url>", "a Redis or Valkey server, redis:// or (TLS) rediss://")
        .env("OCKHAM_REDIS")
        .makeOptionMandatory(),
    )
    .addOption(threadsOption())
    .addHelpText(
      "after",
      `
Examples:
  $ ockham worker --redis redis://10.0.0.5:6379
  $ OCKHAM_REDIS=rediss://user:password@redis.example.com:6380 ockham worker --threads 4

Workers may join and leave at any time: on Ctrl-C or SIGTERM a worker puts its tasks back into the queue, and
the tasks of one that dies begin anew on another some 5 s later. A worker runs the tasks of this package only,
never code from the queue; whoever can write to the server can make it compute. Certificates of an authority of
your own: NODE_EXTRA_CA_CERTS=ca.pem. Use the same version of ockham everywhere.`,
    )
    .action(({ redis, threads }: ThreadOptions & { redis: string }) =>
      withUrlFrom(
        "--redis",
        runWorker({
          url: redis,
          tasks: workerTasks,
          ...(threads !== undefined && { threads }),
          signal: context.signal,
          onLog: (line) => printLine(context.stderr, `worker: ${line}`),
        }),
      ),
    );
}
