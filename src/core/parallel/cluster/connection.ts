import type { Redis } from "ioredis";
import { InvalidInputError, show } from "../../errors.ts";

/** Longest wait for the first answer of a server, in milliseconds. */
const firstAnswer = 10_000;

/**
 * Connects to a Redis or Valkey server, `redis://` or, over TLS, `rediss://`. Refuses, without naming the
 * password, what does not answer at first; later the connection is made again whenever it is lost.
 */
export async function connect(url: unknown): Promise<{ readonly redis: Redis; readonly address: string }> {
  const address = addressOf(url);
  const { Redis } = await import("ioredis");
  let answered = false;
  const redis = new Redis(url as string, {
    lazyConnect: true,
    connectTimeout: firstAnswer,
    // As BullMQ needs it: a command waits until the server is back.
    maxRetriesPerRequest: null,
    retryStrategy: (times) => (answered ? Math.min(100 * times, 1000) : null),
  });
  let trouble: Error | undefined;
  redis.on("error", (error: Error) => {
    trouble = error;
  });
  try {
    await redis.connect();
    await redis.ping();
  } catch (error) {
    redis.disconnect();
    throw new InvalidInputError("options.url", `cannot use ${address}: ${reasonOf(trouble ?? error)}`, {
      cause: trouble ?? error,
    });
  }
  answered = true;
  return { redis, address };
}

function reasonOf(error: unknown): string {
  // Errors of every address of a host are bundled, and the bundle has no message.
  if (error instanceof AggregateError) return error.errors.map(reasonOf).join("; ");
  const message = error instanceof Error ? error.message : String(error);
  if (message.includes("NOAUTH")) return "it wants a password, redis://:password@host";
  if (message.includes("WRONGPASS")) return "it refuses the user name or the password";
  return message;
}

/** The server as it may be shown: without user name and password. */
function addressOf(url: unknown): string {
  const parsed = typeof url === "string" && URL.canParse(url) ? new URL(url) : undefined;
  if (parsed === undefined || !["redis:", "rediss:"].includes(parsed.protocol) || parsed.hostname === "") {
    // What is no URL may still hold a password.
    const came = parsed === undefined ? "what is no URL" : show(parsed.protocol);
    throw new InvalidInputError(
      "options.url",
      `expected redis://host:port or rediss://host:port, got ${typeof url === "string" ? came : show(url)}`,
    );
  }
  return `${parsed.protocol}//${parsed.hostname}:${parsed.port || 6379}${parsed.pathname.replace(/\/$/, "")}`;
}
