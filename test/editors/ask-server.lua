-- Run by Neovim with the settings of docs/editors.md: opens a script as a person does, asks the language server, and
-- writes what it heard to answers.json in the folder ANSWERS.
local waitMs = 30000
local answers = {}

vim.cmd('edit day.dtcl')
answers.filetype = vim.bo.filetype
local buffer = vim.api.nvim_get_current_buf()

vim.wait(waitMs, function() return #vim.diagnostic.get(buffer) > 0 end, 20)
answers.diagnostics = {}
for _, one in ipairs(vim.diagnostic.get(buffer)) do
  table.insert(answers.diagnostics, one.lnum + 1 .. ':' .. one.col + 1 .. ' ' .. one.message)
end

local function ask(method, parameters)
  local replies, problem = vim.lsp.buf_request_sync(buffer, method, parameters, waitMs)
  for _, reply in pairs(replies or {}) do return reply.result or reply.error end
  return problem
end

-- At the name of the function in the second line.
local place = { textDocument = { uri = vim.uri_from_bufnr(buffer) }, position = { line = 1, character = 7 } }
local function with(more) return vim.tbl_extend('force', place, more) end
answers.hover = ask('textDocument/hover', place).contents.value
answers.references = #ask('textDocument/references', with({ context = { includeDeclaration = true } }))
answers.lenses = vim.tbl_map(function(lens) return lens.command end, ask('textDocument/codeLens', place))

vim.api.nvim_win_set_cursor(0, { 2, 7 })
vim.lsp.buf.rename('again')
vim.wait(waitMs, function() return vim.api.nvim_buf_get_lines(buffer, 1, 2, true)[1]:find('again') ~= nil end, 20)
answers.renamed = {}
for _, one in ipairs(vim.api.nvim_list_bufs()) do
  local name = vim.fn.fnamemodify(vim.api.nvim_buf_get_name(one), ':t')
  if name ~= '' then answers.renamed[name] = vim.api.nvim_buf_get_lines(one, 0, -1, true) end
end

answers.parser = vim.treesitter.highlighter.active[buffer] ~= nil

local out = assert(io.open(vim.env.ANSWERS .. '/answers.json', 'w'))
out:write(vim.json.encode(answers))
out:close()
vim.lsp.stop_client(vim.lsp.get_active_clients())
