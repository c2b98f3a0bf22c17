// Reading and setting everything an object has besides its name and bytes.
import type { RawPath } from '../../../base/raw-path.ts';
import type { ExtendedAttribute, ObjectAttributes, ObjectStatus } from '../../../model/stream/attributes.ts';
import type { FileTree } from '../../../ports/files.ts';

export async function readAttributes(tree: FileTree, path: RawPath, status: ObjectStatus): Promise<ObjectAttributes> {
  const { mode, userId, groupId, modifiedNs } = status;
  return { mode, userId, groupId, modifiedNs, extended: await tree.extended(path) };
}

/**
 * Owner first, since a new owner takes away set-id bits and capabilities; then the extended attributes, while the mode
 * may still let us write; then the mode, which agrees with an ACL's mask; the time last. Surplus extended attributes are
 * removed, except the label that a security module puts on everything by itself.
 */
export async function setAllAttributes(
  tree: FileTree,
  path: RawPath,
  status: ObjectStatus,
  attributes: ObjectAttributes,
): Promise<void> {
  const { userId, groupId, modifiedNs } = attributes;
  const mode = status.kind === 'symlink' ? {} : { mode: attributes.mode };
  const existing = await tree.extended(path);
  if (existing.length === 0 && attributes.extended.length === 0) {
    await tree.setAttributes(path, { userId, groupId, ...mode, modifiedNs });
    return;
  }
  await tree.setAttributes(path, { userId, groupId });
  // A change of owner may just have removed one, so what is there is asked for again.
  await setExtended(tree, path, await tree.extended(path), attributes.extended);
  await tree.setAttributes(path, { ...mode, modifiedNs });
}

async function setExtended(
  tree: FileTree,
  path: RawPath,
  existing: readonly ExtendedAttribute[],
  wanted: readonly ExtendedAttribute[],
): Promise<void> {
  const wantedNames = new Set(wanted.map((attribute) => attribute.name));
  for (const { name } of existing) {
    if (!wantedNames.has(name) && name !== 'security.selinux') await tree.setExtended(path, name, undefined);
  }
  const values = new Map(existing.map((attribute) => [attribute.name, attribute.value]));
  for (const { name, value } of wanted) {
    const present = values.get(name);
    if (present === undefined || Buffer.compare(present, value) !== 0) await tree.setExtended(path, name, value);
  }
}
