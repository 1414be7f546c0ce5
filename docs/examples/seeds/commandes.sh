# The microservice « Commandes » on 8001: its curl lines as they are written, the id answered aside.

keys='["id", "order_id", "customer_id", "created_at", "status", "total_amount", "updated_at"]'

forget() { # a CMD001 that an earlier run has left
  curl -s -o "$answer" -H "Authorization: Bearer $TOKEN" "$(at 8001 /commandes/order/CMD001)"
  if holds 'a.get("customer_id") == "CLIENT123"'; then call 204 DELETE 8001 "/commandes/$(value 'a["id"]')"; fi
}

curl -s -o "$answer" "$(at 8001 /)"
that 'a["service"] and a["version"] == "3.0.0" and a["status"] == "ok"'
forget

curl -s -o "$answer" -H "Authorization: Bearer $TOKEN" \
     "$(at 8001 /commandes)"
that 'isinstance(a, list) and len(a) <= 100'
bearer='' call 401 GET 8001 /commandes

curl -s -o "$answer" -X POST "$(at 8001 /commandes)" \
  -H "Authorization: Bearer $TOKEN" \
  -H "Content-Type: application/json" \
  -d '{
    "order_id": "CMD001",
    "customer_id": "CLIENT123",
    "total_amount": 150.50,
    "status": "pending"
  }'
that "sorted(a) == sorted($keys)"
that 'type(a["id"]) is int and (a["order_id"], a["customer_id"], a["status"]) == ("CMD001", "CLIENT123", "pending")'
that 'a["total_amount"] == 150.50 and "150.50" in text and times(a["created_at"], a["updated_at"])'
id=$(value 'a["id"]')
call 409 POST 8001 /commandes '{"order_id": "CMD001", "customer_id": "CLIENT123", "total_amount": 1}'

curl -s -o "$answer" -X PUT "$(at 8001 "/commandes/$id/status")" \
  -H "Authorization: Bearer $TOKEN" \
  -H "Content-Type: application/json" \
  -d '"processing"'
that "a['id'] == $id and a['status'] == 'processing'"

for path in "/commandes/$id" /commandes/order/CMD001; do
  call 200 GET 8001 "$path"
  that "a['id'] == $id and sorted(a) == sorted($keys)"
done
call 200 GET 8001 /commandes/customer/CLIENT123
that "[c['id'] for c in a if c['order_id'] == 'CMD001'] == [$id]"
call 200 PUT 8001 "/commandes/$id" '{"total_amount": 99.90}'
that 'a["total_amount"] == 99.90 and a["status"] == "processing"'
for word in pending processing completed cancelled; do
  call 200 PUT 8001 "/commandes/$id/status" "\"$word\""
  that "a['status'] == '$word'"
  call 200 GET 8001 "/commandes/status/$word"
  that "a and all(c['status'] == '$word' for c in a)"
done
call 422 PUT 8001 "/commandes/$id/status" '"lost"'
call 200 GET 8001 /stats
that 'set(a) == {"total_commandes", "total_amount", "par_statut"} and type(a["total_commandes"]) is int'
that 'set(a["par_statut"]) == {"pending", "processing", "completed", "cancelled"}'
that 'sum(a["par_statut"].values()) == a["total_commandes"]'
call 204 DELETE 8001 "/commandes/$id"
call 404 GET 8001 "/commandes/$id"
call 200 GET 8001 /docs
call 200 GET 8001 /redoc
