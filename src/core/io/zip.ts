import { unzipSync } from "fflate";
import { InvalidInputError } from "../errors.ts";

/** Deflate cannot shrink data by more than this factor. */
const largestRatio = 1032;

/**
 * Unpacks a zip archive in memory: its members' bytes by path. Members that claim to be larger than their
 * packed bytes can hold are refused before memory is taken for them.
 *
 * @param wanted which members to unpack, default all
 * @param name what the archive is called in errors, default `"zip"`
 */
export function unzip(
  bytes: Uint8Array,
  wanted: (path: string) => boolean = () => true,
  name = "zip",
): Record<string, Uint8Array<ArrayBuffer>> {
  const sizes = new Map<string, number>();
  let members: Record<string, Uint8Array<ArrayBuffer>>;
  try {
    members = unzipSync(bytes, {
      filter: (member) => {
        if (member.name.endsWith("/") || !wanted(member.name)) return false;
        const largest = member.compression === 0 ? member.size : member.size * largestRatio + 64;
        if (member.size > bytes.length || member.originalSize > largest)
          throw new InvalidInputError(
            name,
            `${member.name} claims ${member.originalSize} bytes, more than its ${member.size} packed bytes in a file of ${bytes.length} can hold`,
          );
        sizes.set(member.name, member.originalSize);
        return true;
      },
    });
  } catch (cause) {
    if (cause instanceof InvalidInputError) throw cause;
    throw new InvalidInputError(name, `damaged or not a zip archive: ${(cause as Error).message}`, { cause });
  }
  for (const [member, size] of sizes) {
    if (members[member]?.length !== size)
      throw new InvalidInputError(
        name,
        `${member} unpacks to ${members[member]?.length} bytes; expected ${size}`,
      );
  }
  return members;
}
