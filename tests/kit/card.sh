#!/bin/sh
# card.sh PROMPT CHALLENGE TICKET MERCHANT AMOUNT CURRENCY CUSTOMER - a card in
# software, with an RSA key that is in this file: sign the payment by RS256 and
# write what a station replies.
set -eu
base64url() {
	openssl base64 -A | tr '+/' '-_' | tr -d '='
}
units=${5%.*}
decimals=${5#"$units"}
decimals=${decimals#.}000000
amount=$units.${decimals%"${decimals#??????}"}
# What is signed: doc/protocol.md.
signature=$(printf '%s\0' till-card-1 "$2" "$3" "$4" "$amount" "$6" |
	openssl dgst -sha256 -sign "$0" | base64url)
printf '{"alg":"RS256","kid":"%s","signature":"%s"}' \
    EkI9E2nGTcUjUgFidlJX__NRImM1M6UaCsjqpY4LVVE "$signature"
: <<'END'
-----BEGIN PRIVATE KEY-----
MIIEvgIBADANBgkqhkiG9w0BAQEFAASCBKgwggSkAgEAAoIBAQCliYpAejFHP/jg
ZAV72J9Ce1g1gwjnFxRo7OEM3RpT7cRwXx8Y3CTmgvo8MFb5y/jGIDkz/c8i0CHn
LZmQ9zOO2AeOuDHawptamwyWYXouWZwkdgMuL5ReVsGaSlgwMsf7JnDCb9J81IHk
BFBt0q0Q+oXalxV2Z/w7rYOH0AtUxod6nv4U4mOmsYYqiR2wEeKNYEhebLqUF6N7
+jNNPEdctV8iCnv/jVPivYU+VgMufB9wBo2nmg+mCNVSA+NF/iYB5ekp0nMsWSBU
YzVum3wiS4T7GM4pG0ZKjGOPlI43VUio7hXLSKpY6arxez5xk7lAB3Lj06UmN08A
18Gc0wzVAgMBAAECggEAG3Dhai7XXGhOaWQrRIx0WiD4TmaaYzSAPaSG6gr9Aky3
86jRDt3vgAbWVIPu5xnY838D/Ipme+7kr93vRwizk0pcdlwyZ4E7H5n0TDl8d5KD
P8gQXuekQL9A+MK6O8MvQ4Lrzk+bJPZVUeclLg9ugRIGfmXtOOOj/ICW/TyPpE3A
SUqww3IpD6y5UPkeLQVYoKdCLB9LqJhtFnEYsHiKJ68IKrgR5QZsUTVvgVVqOXgI
DqYPRdYee4UiUpIc1k2SbLTXn5ACjlFsOpboli/t8Oi8XfYeeiS7WA8Gw09Qq5Q1
szizIGQIMAF3iQa7EyQRJAGfqiyNvef0TDXMJH+6AQKBgQDf99Dk39ImteZP+MuU
cNZY7ay14mnDICK0daSUyG1J243DxaARAlYsIUL32OB7BubQSTxdUDN+RvEi1gZb
lOM5d9CLzA5rY1f7nqB9Dn4mfvBcWiURmfk25n5ktYjsXefvrur9jUWy9DjEBLkl
vLZVyWE5QEYC3Z9WRpECSPhICQKBgQC9NmMp1x2EJ7QAVYAZ4UU1B2LSf79LuHqk
xwl7Cp+cmpNwhwOR5CLDqg/WYTImJ4ezSGOv32EwD3R/BwIRfBOOCnpOLnUuqHyP
IAH8TvKiJ4jXyZy6SnBaHg+ICKc/8XEWcfGaGgaI1HChThJOY3KW7PhUgbXKAHKY
HHEnhVeZbQKBgQCQ0ESCaHISU5UKanz/iwIdV/hPVok6AGJQOqzjAsEfe1WrmvHH
bbJYMF2Dsfhbs/ez/1aHo17YLHioJKjRuHA/bUgrzBIav45ZBJUSpzdMHtG9dQ/4
1Iz+QYTCC1rwMjvQj1IkBZ9meWDm5YLtcpqW13IEuZlLKw9mkpQaXSIkOQKBgFqh
FWhyGDo3xjkuuvgqdbrLueL3u4oqZ9xLVdgwo3kgdSS+FtCnhJtR9toJnjq2ToJq
Vw1joqqhjHxXv/7d/oPXsvOFvy1FGLx5aVoP+pn+88XgVQjKJPyVT30qH+o53KAS
ndXhR2X806H/wjb33Wg7Q0s/AfMqubjwTqbOcMIVAoGBALO8p/x7602jOQydPrMZ
SwoOBSFfXlP8vmwOh+zh21HBsm83Ok4WpWFnsl2M4boSjQyDVHR2lse83gfNDhVc
O6tNixNwoiBLnk9mKXKiMMP7Np8Hz/XhM1jU4u24XPNFZRhMpxweY846Eh2Hvpr2
QDjHgUp4PK0/0+J/Up9ZuGkt
-----END PRIVATE KEY-----
END
