# The Order Service on 8085: from a user's cart to an order that is placed, processing, shipped and delivered.

user="user-$run"
checkout_body() { # the body of POST /checkout and POST /order
  echo "{\"userId\": \"$user\", \"deliveryAddress\": $ADDRESS, \"paymentMethod\": ${1-$CARD}}"
}
fill() { call 201 POST 9004 /carts "{\"customer_id\": \"$user\", \"items\": [{\"sku\": \"1\", \"quantity\": 2}]}"; }

call 200 GET 8085 "/cart/$user"
that 'a["id"] is None and a["items"] == []'
call 200 POST 8085 /checkout "$(checkout_body)"
that 'a["valid"] is False and [p["code"] for p in a["problems"]] == ["cart-unavailable"]'
fill
call 200 GET 8085 "/cart/$user"
that '[(i["sku"], i["quantity"]) for i in a["items"]] == [("1", 2)]'
call 200 POST 8085 /checkout "$(checkout_body '{"type": "card", "token": "4242"}')"
that 'a["valid"] is False and [p["code"] for p in a["problems"]] == ["payment-method-invalid"]'
call 200 POST 8085 /checkout "$(checkout_body)"
that 'a["valid"] is True and a["problems"] == [] and money(a["totals"]["total"]) and len(a["lines"]) == 1'

call 201 POST 8085 /order "$(checkout_body)"
that "a['status'] == 'placed' and a['userId'] == '$user'"
that '[(i["productId"], i["quantity"]) for i in a["items"]] == [("1", 2)] and money(a["totalPrice"])'
that 'a["deliveryAddress"]["street"] == "Rua Exemplo" and a["paymentMethod"] == {"type": "card"}'
id=$(value 'a["orderId"]')
within 20 9005 "/orders/$id" 'a["status"] == "completed"'
call 200 GET 8085 "/order/$id/status"
that "a['orderId'] == '$id' and a['status'] == 'processing'"
for word in shipped delivered; do
  call 200 PUT 8085 "/order/$id/status" "{\"status\": \"$word\"}"
  that "a['status'] == '$word'"
done
call 200 GET 8085 "/order/$id/status"
that '[m["status"] for m in a["milestones"]] == ["placed", "processing", "shipped", "delivered"]'
that 'times(*(m["at"] for m in a["milestones"]))'
call 409 DELETE 8085 "/order/$id"
call 409 PUT 8085 "/order/$id/status" '{"status": "placed"}'
call 422 PUT 8085 "/order/$id/status" '{"status": "lost"}'
call 200 GET 8085 "/order/$id"
that "a['orderId'] == '$id' and times(a['createdAt'], a['updatedAt'])"

within 20 8085 "/cart/$user" 'a["id"] is None'
fill
call 201 POST 8085 /order "$(checkout_body '{"type": "card", "token": "tok_pending"}')"
id=$(value 'a["orderId"]')
call 200 DELETE 8085 "/order/$id"
that 'a["status"] == "cancelled"'
call 200 GET 8085 "/orders/$user"
that '[o["status"] for o in a["items"]] == ["cancelled", "delivered"]'
bearer='' call 401 GET 8085 "/orders/$user"
