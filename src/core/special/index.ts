export { exp, log } from "./elementary.ts";
