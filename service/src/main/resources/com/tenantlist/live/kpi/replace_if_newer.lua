-- Stores a tenant's KPIs unless a newer revision of the same generation stands there.
-- KEYS[1]  dashboard:kpis:<userId>
-- ARGV[1]  the value, JSON: {"generation": text, "revision": number, ...}
-- ARGV[2]  the value's generation
-- ARGV[3]  the value's revision, a whole number
-- ARGV[4]  time to live, in seconds
-- Returns 1 if it was stored, 0 if what stands there is newer.
local stored = redis.call('GET', KEYS[1])
if stored then
    local ok, value = pcall(cjson.decode, stored)
    if ok and type(value) == 'table' and value.generation == ARGV[2]
            and tonumber(value.revision) and tonumber(value.revision) > tonumber(ARGV[3]) then
        return 0
    end
end
redis.call('SET', KEYS[1], ARGV[1], 'EX', ARGV[4])
return 1
