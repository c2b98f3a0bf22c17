// Preloaded into a program (`node --import`): plants the bug that the environment names into the engine as it is loaded, in
// this thread and, since threads are made with the same options, in every other.
import { registerHooks } from 'node:module';
import { plantedBugs } from './planted-bugs.ts';

const bug = plantedBugs.find(({ name }) => name === process.env.PLANTED_BUG);
if (bug === undefined) throw new Error(`there is no planted bug '${process.env.PLANTED_BUG}'`);

registerHooks({
  load(url, context, nextLoad) {
    const loaded = nextLoad(url, context);
    if (!url.endsWith(`/src/${bug.file}`)) return loaded;
    const source = String(loaded.source);
    const parts = source.split(bug.find);
    if (parts.length !== 2)
      throw new Error(`the place of '${bug.name}' stands ${parts.length - 1} times in ${bug.file}`);
    return { ...loaded, source: parts.join(bug.replace) };
  },
});
