"""Example bodies for the API's description; a test sends them."""

from typing import Any

ORDER: dict[str, Any] = {
    "external_ref": "SHOP-10421",
    "placed_at": "2026-11-21T08:12:00+02:00",
    "recipient": {
        "name": "Aino Virtanen",
        "phone": "+358401234567",
        "email": "aino@example.com",
        "language": "en",
    },
    "address": {
        "line1": "Mannerheimintie 10 A 4",
        "city": "Helsinki",
        "postcode": "00100",
        "country": "FI",
        "instructions": "Door code 2468, third floor.",
        "location": {"lon": 24.9402, "lat": 60.1689},
    },
    "gift_message": "Happy birthday, Aino!",
    "consignments": [
        {
            "seller": "Florista Lua",
            "parcels": [
                {
                    "weight_g": 1200,
                    "length_mm": 600,
                    "width_mm": 200,
                    "height_mm": 200,
                    "items": [{"sku": "R-12", "name": "Twelve roses", "is_fragile": True}],
                }
            ],
        },
        {
            "seller": "Bodega Norte",
            "parcels": [
                {
                    "reference": "BOX-1",
                    "weight_g": 1600,
                    "length_mm": 350,
                    "width_mm": 100,
                    "height_mm": 100,
                    "items": [
                        {"sku": "W-7", "name": "Red wine", "is_fragile": True, "min_age": 18}
                    ],
                },
                {
                    "reference": "BOX-2",
                    "items": [
                        {
                            "sku": "C-3",
                            "name": "Cheese",
                            "quantity": 2,
                            "is_cold": True,
                            "weight_g": 400,
                            "length_mm": 120,
                            "width_mm": 120,
                            "height_mm": 60,
                        }
                    ],
                },
            ],
        },
    ],
}

ORDER_ANSWER: dict[str, Any] = {
    "id": "019ab5a2-7c10-7d3e-9a41-0c2f6f1f5a01",
    "code": "P4K7Q2M9",
    "merchant": "lua",
    "external_ref": "SHOP-10421",
    "channel": "API",
    "placed_at": "2026-11-21T06:12:00Z",
    "received_at": "2026-11-21T06:12:01Z",
    "consignments": [
        {
            "id": "019ab5a2-7c11-7000-8b7d-5a2f6f1f5a02",
            "code": "C7Q2M94K",
            "seller": "Florista Lua",
            "status": "RECEIVED",
            "status_at": "2026-11-21T06:12:01Z",
            "due_on": "2026-11-21",
            "window": None,
            "version": 2,
        }
    ],
    "warnings": [],
}
