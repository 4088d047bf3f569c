//! Every story in `scenarios/` is told here; each line of each is checked, and after every line the
//! live state is compared with a replayed one and with a slow recount.

use crate::harness::story;

macro_rules! stories {
    ($($name:ident)*) => {
        $(
            #[test]
            fn $name() {
                let text = include_str!(concat!("scenarios/", stringify!($name), ".txt"));
                let _ = story::check(concat!("scenarios/", stringify!($name), ".txt"), text);
            }
        )*

        /// A story that lies in the folder and is not told proves nothing.
        #[test]
        fn no_story_is_left_untold() {
            let told = [$(concat!(stringify!($name), ".txt")),*];
            let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/it/scenarios");
            for file in std::fs::read_dir(folder).unwrap() {
                let name = file.unwrap().file_name().into_string().unwrap();
                assert!(told.contains(&name.as_str()), "{name} is not in the list of stories");
            }
        }
    };
}

stories! {
    example_1_in_flight_counts
    example_2_close_plan
    example_4_daily_loss
    example_5_assignment
    example_6_crash_before_sending
    fill_before_accept
    fill_while_pending_cancel
    fill_after_canceled
    fill_after_expired
    cancel_refused_because_filled
    duplicate_terminal
    partials_out_of_order
    late_reject
    absent_turns_up
    absent_turns_up_filled
    cancel_of_an_order_that_never_arrived
    overfill
    foreign_fill
    unknown_order_with_our_prefix
    outage_defers_and_burns_nothing
    restarted_nothing_opens_unheard
    authentication_latches
    rate_refusal_is_tried_again
    exit_stop_and_target
    exit_trailing
    exit_time
    exit_retries_are_bounded
    exit_beside_a_resting_order
    exit_cancels_a_crossing_entry
    trading_states
    limits_at_run_time
    close_two_at_once
    a_halt_does_not_use_up_an_exit
    a_new_day_without_a_tick
    no_quote_marks_nothing
    a_short_sale_counts_at_market
    mismatch
    unknown_order_with_a_fill
    foreign_trade_takes_what_an_exit_holds
    delivery_through_zero
    late_fill_holds_buying_power
    global_state_meets_a_new_account
    lost_answers_halt_entries
    delayed_first_arrival
    buying_power_counts_what_is_in_flight
    fifo_and_short_positions
    deliveries
    same_advice_twice
    isolation
    extended_hours
    blackouts
    replaced_by_the_broker
    execution_too_old
    advice_expires_while_credentials_are_refused
}
