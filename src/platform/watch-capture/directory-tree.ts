// Which folder stands where, as far as events were read: a tree of names in which a folder may carry the tag by which the
// kernel names it (an inotify watch, a file handle). A renamed folder is moved with all below it in one step, so paths
// stay those of the event stream and not those of the moment in which somebody looks.
//
// Invariants: a tag is on one node only; a node without tag and without children does not stay, the top apart.
import { isWithin } from '../../base/raw-path.ts';

export interface DirectoryNode<Tag> {
  name: string;
  parent: DirectoryNode<Tag> | undefined;
  tag: Tag | undefined;
  readonly children: Map<string, DirectoryNode<Tag>>;
  path: string;
  /** The tree's generation in which `path` was right. */
  pathGeneration: number;
}

export class DirectoryTree<Tag> {
  readonly #tagsMax: number;
  readonly #tagged = new Map<Tag, DirectoryNode<Tag>>();
  #top: DirectoryNode<Tag> = emptyNode('', undefined);
  #generation = 0;

  /** @param tagsMax With more tags than this the least recently found one is forgotten. */
  constructor(tagsMax = Number.POSITIVE_INFINITY) {
    this.#tagsMax = tagsMax;
  }

  find(tag: Tag): DirectoryNode<Tag> | undefined {
    const node = this.#tagged.get(tag);
    if (node !== undefined && this.#tagsMax !== Number.POSITIVE_INFINITY) {
      this.#tagged.delete(tag);
      this.#tagged.set(tag, node);
    }
    return node;
  }

  /** The node at an absolute path, if there is one. */
  at(path: string): DirectoryNode<Tag> | undefined {
    let node: DirectoryNode<Tag> | undefined = this.#top;
    for (const name of names(path)) node = node?.children.get(name);
    return node;
  }

  /** Puts a tag at an absolute path; the node that had the tag, or the tag the node had, loses it. */
  place(path: string, tag: Tag): void {
    const node = this.#ensure(path);
    if (node.tag === tag) return;
    const before = this.#tagged.get(tag);
    if (before !== undefined) this.untag(before);
    if (node.tag !== undefined) this.#tagged.delete(node.tag);
    const target = this.#ensure(path);
    target.tag = tag;
    this.#tagged.set(tag, target);
    this.#forgetOldest();
  }

  /** Takes the tag from a node; what lies below it keeps its own. */
  untag(node: DirectoryNode<Tag>): void {
    if (node.tag !== undefined) this.#tagged.delete(node.tag);
    node.tag = undefined;
    this.#prune(node);
  }

  /** Moves a node with all below it to an absolute path at which nothing stands. A move into itself forgets it. */
  move(node: DirectoryNode<Tag>, to: string): void {
    if (isWithin(to, this.pathOf(node))) {
      this.remove(this.pathOf(node));
      return;
    }
    const slash = to.lastIndexOf('/');
    const parent = this.#ensure(to.slice(0, slash));
    const before = node.parent;
    before?.children.delete(node.name);
    node.name = to.slice(slash + 1);
    node.parent = parent;
    parent.children.set(node.name, node);
    this.#generation += 1;
    if (before !== undefined) this.#prune(before);
  }

  /** Forgets what stands at an absolute path and below it; returns the tags that were there. */
  remove(path: string): Tag[] {
    const node = this.at(path);
    if (node === undefined) return [];
    const tags: Tag[] = [];
    const stack = [node];
    for (let next = stack.pop(); next !== undefined; next = stack.pop()) {
      if (next.tag !== undefined) {
        tags.push(next.tag);
        this.#tagged.delete(next.tag);
        next.tag = undefined;
      }
      stack.push(...next.children.values());
    }
    node.children.clear();
    this.#prune(node);
    return tags;
  }

  clear(): void {
    this.#tagged.clear();
    this.#top = emptyNode('', undefined);
  }

  pathOf(node: DirectoryNode<Tag>): string {
    if (node.parent === undefined) return '/';
    if (node.pathGeneration !== this.#generation) {
      const above = this.pathOf(node.parent);
      node.path = above === '/' ? `/${node.name}` : `${above}/${node.name}`;
      node.pathGeneration = this.#generation;
    }
    return node.path;
  }

  #ensure(path: string): DirectoryNode<Tag> {
    let node = this.#top;
    for (const name of names(path)) {
      let child = node.children.get(name);
      if (child === undefined) {
        child = emptyNode(name, node);
        node.children.set(name, child);
      }
      node = child;
    }
    return node;
  }

  #prune(from: DirectoryNode<Tag>): void {
    let node = from;
    while (node.parent !== undefined && node.tag === undefined && node.children.size === 0) {
      if (node.parent.children.get(node.name) === node) node.parent.children.delete(node.name);
      node = node.parent;
    }
  }

  #forgetOldest(): void {
    if (this.#tagged.size <= this.#tagsMax) return;
    for (const oldest of this.#tagged.values()) {
      this.untag(oldest);
      return;
    }
  }
}

function emptyNode<Tag>(name: string, parent: DirectoryNode<Tag> | undefined): DirectoryNode<Tag> {
  return { name, parent, tag: undefined, children: new Map(), path: '', pathGeneration: -1 };
}

function names(path: string): string[] {
  return path === '/' || path === '' ? [] : path.slice(1).split('/');
}
