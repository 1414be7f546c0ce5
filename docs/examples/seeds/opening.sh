# The goods that the examples order: products 1 and 2, enough of them, and one of which there is a single piece.

ADDRESS='{"recipient": "Ana Exemplo", "street": "Rua Exemplo", "number": "10A", "city": "São Paulo", "state": "SP", "postal_code": "01000-000", "country": "BR"}'
CARD='{"type": "card", "token": "tok_approved"}'

# product SKU PIECES: a product that exists, with so many more pieces.
product() {
  call '200|201' PUT 9002 "/products/$1" "{\"name\": \"Product $1\", \"price\": {\"amount\": 1999, \"currency\": \"EUR\"}}"
  [[ $2 == 0 ]] || call 200 POST 9003 "/stock/$1/adjustments" "{\"delta\": $2, \"reason\": \"received\"}"
}

product 1 20
product 2 20
product "RARE-$run" 1
