# The Order Management System on 8086: the bodies as they are written, the one that is no JSON included.

pedido=$(cat <<'JSON'
  {
    "customerId": 123,
    "itens": [
      { 
        "id": 1, 
        "quantity": 2 
      },
      { 
        "id": 2, 
        "quantity": 1 
      }
    ],
    "delivery": {
      "address": {
        "street": "Rua Exemplo",
        "number": "10A",
        "city": "São Paulo",
        "state": "SP",
        "country": "Brazil",
        "zipcode": 00000000
      }
    }
  }
JSON
)

call 201 POST 8086 /orders "$pedido"
that 'set(a) == {"id", "status"} and type(a["id"]) is int and a["status"] == "pending"'
id=$(value 'a["id"]')
call 200 GET 8086 "/orders/$id"
that 'set(a) == {"id", "status", "payment", "inventory", "itens"}'
that "a['id'] == $id and a['itens'] == [{'id': 1, 'quantity': 2}, {'id': 2, 'quantity': 1}]"
that 'list(a["payment"]) == ["status"] and list(a["inventory"]) == ["status"]'
within 20 8086 "/orders/$id" 'a["status"] == "completed" and a["payment"]["status"] == "approved"'
call 409 POST 8086 "/orders/$id/cancel"
call 200 GET 9005 "/orders?number=$id"
that 'a["items"][0]["shipping_address"]["postal_code"] == "00000000" and a["items"][0]["shipping_address"]["country"] == "BR"'
that 'a["items"][0]["customer_id"] == "123"'

call 201 POST 8086 /orders "${pedido/\"customerId\": 123,/\"customerId\": 123, \"payment\": {\"type\": \"card\", \"token\": \"tok_pending\"\},}"
id=$(value 'a["id"]')
within 20 8086 "/orders/$id" 'a["status"] == "in_progress" and a["inventory"]["status"] == "reserved"'
call 200 POST 8086 "/orders/$id/cancel"
that "a == {'id': $id, 'status': 'canceled'}"

call 200 GET 8086 /orders
that 'isinstance(a, list) and set(a[0]) == {"id", "status", "customerId"}'
that "{'id': $id, 'status': 'canceled', 'customerId': 123} in a"
for word in pending in_progress paid completed canceled; do
  call 200 GET 8086 "/orders?status=$word"
  that "all(p['status'] == '$word' for p in a)"
done
call 400 POST 8086 /orders '{"customerId": 123, "itens": [}'
bearer='' call 401 GET 8086 /orders
