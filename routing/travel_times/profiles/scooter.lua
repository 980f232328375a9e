-- Motor scooter up to 45 km/h (class L1e): car.lua without motorways and trunk roads, and capped.

api_version = 4

local car = require('car')

local TOP_KMH = 45
local FORBIDDEN = { motorway = true, motorway_link = true, trunk = true, trunk_link = true }

local function setup()
  local profile = car.setup()
  profile.properties.max_speed_for_map_matching = TOP_KMH / 3.6
  return profile
end

local function process_way(profile, way, result, relations)
  if FORBIDDEN[way:get_value_by_key('highway')] or way:get_value_by_key('motorroad') == 'yes' then
    return
  end
  car.process_way(profile, way, result, relations)
  if result.forward_speed > TOP_KMH then result.forward_speed = TOP_KMH end
  if result.backward_speed > TOP_KMH then result.backward_speed = TOP_KMH end
end

return {
  setup = setup,
  process_way = process_way,
  process_node = car.process_node,
  process_turn = car.process_turn
}
