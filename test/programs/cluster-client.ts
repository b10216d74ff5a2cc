// Squares 0, 1 and 2 on the workers of a server. Usage: cluster-client.ts <url>
import { redisPool } from "ockham/parallel";
import { square } from "../fixtures/tasks.ts";

const pool = await redisPool({ url: process.argv[2]! });
const squares = await pool.map(
  square,
  [0, 1, 2].map((x) => ({ x })),
);
await pool.close();
process.stdout.write(`${JSON.stringify(squares)}\n`);
