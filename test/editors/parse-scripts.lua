-- Run by Neovim: parses every script of the folder SCRIPTS with the parser there, and writes to trees.json what each
-- tree is like. The queries of the folder QUERIES are read, too, which fails for a node that there is not.
local folder, queries = vim.env.SCRIPTS, vim.env.QUERIES

local function content(path)
  local file = assert(io.open(path, 'rb'))
  local text = file:read('*a')
  file:close()
  return text
end

vim.treesitter.require_language('dtcl', folder .. '/dtcl.so')

local highlights
for _, path in ipairs(vim.fn.glob(queries .. '/*.scm', false, true)) do
  local query = vim.treesitter.parse_query('dtcl', content(path))
  if path:match('highlights') then highlights = query end
end

local trees = {}
for _, path in ipairs(vim.fn.glob(folder .. '/*.dtcl', false, true)) do
  local text = content(path)
  local root = vim.treesitter.get_string_parser(text, 'dtcl'):parse()[1]:root()
  local tree = { mistakes = {}, commands = {}, colours = {} }
  local function walk(node)
    local line, column, offset = node:start()
    if node:type() == 'ERROR' or node:missing() then
      table.insert(tree.mistakes, node:type() .. ' at ' .. line + 1 .. ':' .. column + 1)
    elseif node:named() and node:type() == 'command' then
      table.insert(tree.commands, offset)
    end
    for child in node:iter_children() do walk(child) end
  end
  walk(root)
  if path:match('/colours') then
    for id, node in highlights:iter_captures(root, text, 0, -1) do
      local _, _, from = node:start()
      local _, _, to = node:end_()
      table.insert(tree.colours, highlights.captures[id] .. ' ' .. text:sub(from + 1, to))
    end
  end
  trees[vim.fn.fnamemodify(path, ':t')] = tree
end

local out = assert(io.open(folder .. '/trees.json', 'w'))
out:write(vim.json.encode(trees))
out:close()
