# The services on 9001 to 9009: each with its OpenAPI file, and the example of a whole order process.

for port in 9001 9002 9003 9004 9005 9006 9007 9008 9009; do
  call 200 GET $port /openapi.yaml
  that '"openapi: 3" in text'
done

email="ana-$run@example.org" password='a long enough pass phrase'
call 201 POST 9001 /customers "{\"email\": \"$email\", \"password\": \"$password\"}"
call 201 POST 9001 /sessions "{\"email\": \"$email\", \"password\": \"$password\"}"
that 'a["token_type"].lower() == "bearer" and type(a["expires_in"]) is int and a["refresh_token"]'
bearer=$(value 'a["access_token"]')
call 200 GET 9001 /customers/me
customer=$(value 'a["id"]')
call 201 POST 9001 "/customers/$customer/addresses" "$ADDRESS"
unset bearer
call 200 PUT 9001 "/customers/$customer/status" '{"status": "vip"}'

call 200 GET 9002 /categories
call 200 GET 9002 '/products?query=Product'
call 200 GET 9003 /stock/1
that 'type(a["on_hand"]) is int and a["available"] == a["on_hand"] - a["reserved"]'
call 200 GET 9003 /alerts

bearer='' call 201 POST 9004 /carts '{"items": [{"sku": "1", "quantity": 1}]}'
that 'a["customer_id"] is None and money(a["totals"]["subtotal"])'
call 201 POST 9004 /carts "{\"customer_id\": \"$customer\", \"items\": [{\"sku\": \"1\", \"quantity\": 2}]}"
cart=$(value 'a["id"]')
call 200 GET 9004 "/carts/$cart"
that 'a["items"][0]["quantity"] == 2 and a["totals"]["subtotal"]["amount"] == 3998'

call 201 POST 9005 /orders "{\"cart_id\": \"$cart\", \"customer_id\": \"$customer\", \"email\": \"$email\",
  \"shipping_address\": $ADDRESS, \"billing_address\": $ADDRESS, \"payment_method\": $CARD}"
that 'a["status"] == "created" and a["totals"]["total"]["amount"] >= 3998'
id=$(value 'a["id"]')
within 20 9005 "/orders/$id" 'a["status"] == "completed" and a["invoice"]["status"] == "issued"'
that 'a["inventory"]["status"] == "committed"'
call 200 GET 9005 "/orders/$id/timeline"
that '{"OrderCreated", "StockReserved", "PaymentSucceeded"} <= {e["cause"] for e in a["items"]}'
call 200 GET 9006 "/payment-intents?order_id=$id"
that 'len(a["items"]) == 1 and money(a["items"][0]["amount"])'
within 20 9007 "/invoices?order_id=$id" 'len(a["items"]) == 1 and a["items"][0]["status"] == "issued" and a["items"][0]["number"]'
call 200 GET 9007 /tax-rates
call 200 GET 9008 "/shipments?order_id=$id"
that 'a["items"][0]["status"] == "scheduled" and a["items"][0]["tracking_number"]'
call 200 GET 9008 "/tracking/$(value 'a["items"][0]["tracking_number"]')"
call 200 GET 9008 /carriers
call 200 POST 9008 /rates '{"country": "BR", "postal_code": "01000-000", "weight_g": 500, "value": {"amount": 3998, "currency": "EUR"}}'
call 201 POST 9006 /refunds "{\"order_id\": \"$id\", \"reason\": \"a scratch\",
  \"amount\": {\"amount\": 100, \"currency\": \"EUR\"}}"
call 200 GET 9009 /sellers
call 200 GET 9009 /settings
