# The order service on 8084: CREATED → RESERVED → PAID → SHIPPING_SCHEDULED → COMPLETED, FAILED, CANCELED.

order_body() { # SKU QUANTITY TOKEN
  echo "{\"lines\": [{\"sku\": \"$1\", \"quantity\": $2}], \"email\": \"ana@example.org\", \"shipping_address\": $ADDRESS,
    \"payment_method\": {\"type\": \"card\", \"token\": \"$3\"}}"
}

call 201 POST 8084 /orders "$(order_body 1 2 tok_approved)"
that 'a["status"] == "CREATED" and type(a["number"]) is int and len(a["id"]) == 36'
that 'money(a["totals"]["total"], a["lines"][0]["unit_price"]) and a["lines"][0]["quantity"] == 2'
id=$(value 'a["id"]')
within 20 8084 "/orders/$id" 'a["status"] == "COMPLETED"'
that 'a["inventory"]["status"] == "committed" and a["payment"]["status"] == "approved"'
that 'a["fulfillment"]["status"] == "scheduled" and a["confirmation"]["status"] in ("sent", "skipped")'
call 200 GET 8084 "/orders/$id/history"
that '[s["status"] for s in a["items"]] == ["CREATED", "RESERVED", "PAID", "SHIPPING_SCHEDULED", "COMPLETED"]'
that 'times(*(s["at"] for s in a["items"]))'

call 201 POST 8084 /orders "$(order_body "RARE-$run" 2 tok_approved)"
within 20 8084 "/orders/$(value 'a["id"]')" 'a["status"] == "FAILED" and a["inventory"]["status"] == "insufficient"'
call 201 POST 8084 /orders "$(order_body 1 1 tok_declined)"
within 20 8084 "/orders/$(value 'a["id"]')" 'a["status"] == "FAILED" and a["payment"]["status"] == "declined"'
call 201 POST 8084 /orders "$(order_body 1 1 tok_pending)"
id=$(value 'a["id"]')
call 200 POST 8084 "/orders/$id/cancel"
that 'a["status"] == "CANCELED"'
call 200 POST 8084 "/orders/$id/cancel" '{"reason": "twice is once"}'
for word in CREATED RESERVED PAID SHIPPING_SCHEDULED COMPLETED CANCELED FAILED; do
  call 200 GET 8084 "/orders?status=$word&limit=5"
  that "all(o['status'] == '$word' for o in a['items'])"
done
call 422 GET 8084 '/orders?status=LOST'
bearer='' call 401 GET 8084 /orders
