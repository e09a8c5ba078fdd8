<?php
// A till with PHP and nothing else: API=… KEY=… php till.php REFERENCE
declare(strict_types=1);

const REPEAT_FOR_SECONDS = 60;

/** Sends a request until it is answered for good: status, headers, body. `$held`: for how many seconds the answer may wait. */
function call(string $method, string $path, ?array $body = null, array $headers = [], int $held = 0): array
{
    $ours = ['Authorization: Bearer ' . getenv('KEY'), 'Content-Type: application/json', 'Connection: close', ...$headers];
    $ends = microtime(true) + REPEAT_FOR_SECONDS;
    for ($gap = 0.5; ; $gap = min($gap * 2, 10)) {
        $http = [
            'method' => $method,
            'header' => $ours,
            'content' => $body === null ? '' : json_encode((object) $body, JSON_THROW_ON_ERROR),
            'timeout' => 15 + $held,
            'follow_location' => 0,
            'ignore_errors' => true, // the body of a refusal, too
        ];
        $stream = @fopen(getenv('API') . $path, 'r', false, stream_context_create(['http' => $http]));
        $text = $stream === false ? false : stream_get_contents($stream);
        [$status, $answered] = headersOf($stream === false ? [] : stream_get_meta_data($stream)['wrapper_data']);
        $length = $answered['content-length'] ?? null;
        $isWhole = $text !== false && $status !== 0 && ($length === null || $status === 304 || strlen($text) === (int) $length);
        // 502 with an order is what seQura has answered: it stays so.
        $mayPass = $status === 429 || ($status >= 500 && !($status === 502 && str_contains((string) $text, '"order":')));
        if ($isWhole && !$mayPass) {
            return [$status, $answered, json_decode($text, true)];
        }
        $pause = (float) ($answered['retry-after'] ?? $gap * random_int(50, 100) / 100);
        if (microtime(true) + $pause > $ends) {
            exit("no good answer to $method $path: $status\n");
        }
        usleep((int) ($pause * 1e6));
    }
}

function headersOf(array $lines): array
{
    preg_match('~^HTTP/\S+ (\d{3})~', $lines[0] ?? '', $found);
    $headers = [];
    foreach (array_slice($lines, 1) as $line) {
        [$name, $value] = explode(':', $line, 2) + [1 => ''];
        $headers[strtolower($name)] = trim($value);
    }
    return [(int) ($found[1] ?? 0), $headers];
}

function place(string $reference): array
{
    [$status, , $answer] = call('POST', '/v1/orders', [
        'merchant' => ['id' => 'merchant_1', 'store_ref' => 'store_1'],
        'operator_ref' => 'clerk@shop.example',
        'reference' => $reference,
        'mobile_phone' => '+34666123456',
        'given_names' => 'María',
        'surnames' => 'García López',
        'date_of_birth' => '1990-01-01',
        'nin' => '12345678Z',
        'address' => 'Calle Mayor 1',
        'postal_code' => '08001',
        'city' => 'Barcelona',
        'cart_items' => [['reference' => 'FRAME-001', 'name' => 'Designer Frame', 'price_with_tax' => 25000, 'quantity' => 1]],
    ], ['Prefer: wait=5'], 5);
    if (!in_array($status, [200, 201, 202], true)) {
        exit("{$answer['code']}: {$answer['detail']}\n");
    }
    return $answer;
}

function pathOf(array $order): string
{
    return '/v1/orders/' . rawurlencode($order['id']);
}

/** The order as soon as `$holds`: the long poll is answered when it changes. */
function waitFor(array $order, callable $holds): array
{
    [, $headers, $order] = call('GET', pathOf($order));
    while (!$holds($order)) {
        [$status, $headers, $answer] = call('GET', pathOf($order) . '?wait=30', null, ["If-None-Match: {$headers['etag']}"], 30);
        $order = $status === 304 ? $order : $answer;
    }
    return $order;
}

$reference = $argv[1];
$order = place($reference);
echo "taken {$order['id']}\n";
// The same request again is the same order.
$again = place($reference);
echo "again {$again['id']}\n";

waitFor($order, fn (array $it): bool => $it['sms']['sent'] > 0);
// Sent twice with one key, it is one more SMS.
for ($time = 0; $time < 2; $time++) {
    [, , $answer] = call('POST', pathOf($order) . '/send_sms', [], ["Idempotency-Key: $reference-sms-2"]);
}
echo "sms {$answer['order']['sms']['sent']}\n";
[, , $answer] = call('POST', pathOf($order) . '/cancel', []);
echo "{$answer['order']['status']}\n";

// Final, and no human has to look.
$hasEnded = fn (array $it): bool => $it['closed_at'] !== null && $it['attention'] === null;
$end = waitFor(place("signs-$reference"), $hasEnded);
echo "{$end['status']}\n";
