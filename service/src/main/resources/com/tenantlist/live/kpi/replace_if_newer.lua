-- Stores tenants' KPIs, each unless a newer revision of the same generation stands there.
-- KEYS[i]         dashboard:kpis:<userId>
-- ARGV[1]         time to live, in seconds
-- ARGV[3 * i - 1] the value, JSON: {"generation": text, "revision": number, ...}
-- ARGV[3 * i]     the value's generation
-- ARGV[3 * i + 1] the value's revision, a whole number
-- Returns how many were stored.
local count = 0
for i, key in ipairs(KEYS) do
    local newer = false
    local stored = redis.call('GET', key)
    if stored then
        local ok, value = pcall(cjson.decode, stored)
        newer = ok and type(value) == 'table' and value.generation == ARGV[3 * i]
            and tonumber(value.revision) and tonumber(value.revision) > tonumber(ARGV[3 * i + 1])
    end
    if not newer then
        redis.call('SET', key, ARGV[3 * i - 1], 'EX', ARGV[1])
        count = count + 1
    end
end
return count
